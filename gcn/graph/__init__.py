"""The first kNN graph and the relations between its images that GCN-V reads."""
