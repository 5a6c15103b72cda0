"""From the connection strengths of GCN-C to larger clusters."""
