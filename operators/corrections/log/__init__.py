"""The append-only log of corrections, in MongoDB and as the lines of a file."""
