"""Nearest neighbors by inner product, exact or by inverted lists, on cores or a GPU."""
