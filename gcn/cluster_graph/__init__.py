"""The graph of clusters that GCN-C reads."""
