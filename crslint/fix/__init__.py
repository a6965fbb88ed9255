"""What writes the tree: edits, and new documents from templates."""
