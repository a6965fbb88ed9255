"""Renders with the user's own kustomize and helm, outside of the tree, where the user asks for it."""
