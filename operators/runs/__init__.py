"""Runs of clustering: making, listing, loading, renaming and deleting them."""
