"""GCN-V and GCN-C, their calibration, and the checkpoint that holds them."""
