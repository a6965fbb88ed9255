"""Published Cilium charts: what they render from Helm values, by rules in tables."""
