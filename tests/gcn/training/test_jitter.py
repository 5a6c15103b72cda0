"""Shifted feature columns in training."""

import torch

from gcn.graph.knn_graph import knn_graph, unit_rows
from gcn.graph.relation_features import COMPRESSED_EDGE_COLUMNS, RAW_EDGE_COLUMNS
from gcn.graph.relations import edge_features, relations_of
from gcn.training.jitter import NO_SHIFT, Shift, draw_shift, shifted


def test_only_the_named_columns_move_and_the_argument_stays() -> None:
    features = torch.arange(24.0).reshape(2, 3, 4)
    moved = shifted(features, (0, 2), (3,), Shift(compressed=10.0, raw=-1.0))
    expected = torch.tensor([10.0, 0.0, 10.0, -1.0]).expand(2, 3, 4)
    assert torch.equal(moved - features, expected)
    assert torch.equal(features, torch.arange(24.0).reshape(2, 3, 4))


def test_shifts_follow_torchs_seed_and_vary() -> None:
    torch.manual_seed(1)
    first = [draw_shift() for _ in range(200)]
    torch.manual_seed(1)
    assert [draw_shift() for _ in range(200)] == first
    raw = torch.tensor([shift.raw for shift in first])
    assert abs(float(raw.mean())) < 0.05
    assert float(raw.std()) > 0.05


def test_shifted_columns_are_absolute_similarities() -> None:
    generator = torch.Generator().manual_seed(0)
    x = unit_rows(torch.randn(60, 6, generator=generator).numpy())
    relations = relations_of(x, knn_graph(x, 5))
    features = edge_features(relations, relations.graph.neighbors[:, 0].astype("int64"))
    assert not set(COMPRESSED_EDGE_COLUMNS) & set(RAW_EDGE_COLUMNS)
    for column in RAW_EDGE_COLUMNS:
        assert abs(features[..., column]).max() <= 1.0 + 1e-5


def test_no_shift_changes_nothing() -> None:
    features = torch.randn(4, 5, generator=torch.Generator().manual_seed(2))
    assert torch.equal(shifted(features, (0, 1), (2,), NO_SHIFT), features)
