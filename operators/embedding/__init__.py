"""Embeddings of images and patches: computing, reading and keeping them."""
