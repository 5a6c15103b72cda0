"""Scores of clusters whose true classes are known."""
