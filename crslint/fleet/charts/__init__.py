"""Published Cilium charts: what they render from Helm values, and how that differs from what is installed.

``render`` answers for values (day 2), ``settings_of`` reads a cilium-config, rendered on day 0 or by ``render``, into
settings that can be compared, ``drift`` compares them, and ``value_behind`` names the Helm value of a setting.
"""
