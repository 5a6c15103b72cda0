"""The whole way from embeddings to clusters, and of new images into clusters there are."""
