"""Labeled sets of embeddings made from images that come with packages: more kinds to train on.

Fonts, icons and animated figures are real images of classes that are known, and thousands of them
come with package managers. Several ways to embed each, good and poor ones, show the networks more
kinds of embeddings as well. `python -m benchmarks.kinds --help` says how to make the sets.
"""
