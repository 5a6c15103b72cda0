"""`python -m gcn`."""
