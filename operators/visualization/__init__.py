"""Maps of embeddings, and workspaces of the App."""
