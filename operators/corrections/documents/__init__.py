"""The documents in MongoDB that a partition is kept in, and the right to write them."""
