"""A new fleet from a few answers: documents from templates, and the user's manifests made to conform."""
