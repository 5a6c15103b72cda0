"""torch-geometric's `GraphConv`, imported without the deprecation notes of its own import."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # torch-geometric compiles helpers with `torch.jit.script`, which newer torch deprecates.
    warnings.simplefilter("ignore")
    import torch_geometric.nn

GraphConv = torch_geometric.nn.GraphConv
