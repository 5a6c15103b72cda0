"""From the affinities of GCN-V to small pure clusters."""
