"""The units of a set, from all of it and from samples."""

import numpy as np
import pytest

from gcn.graph.knn_graph import knn_graph_of_unit_rows
from gcn.graph.relations import relations_of
from gcn.graph.relevant_components import relevant_components
from gcn.graph.set_units import SetUnits, sampled_units

from ..conftest import MakeBlobs


def flat(units: SetUnits) -> list[float]:
    moments = (units.moments, units.diffused_moments, units.original_moments)
    spread = [number for one in moments for number in (one.mean, one.std)]
    return [units.scale, units.original_scale, *spread]


def whole_units(x: np.ndarray, original: np.ndarray, k: int) -> SetUnits:
    found = relations_of(x, knn_graph_of_unit_rows(x, k), original=original)
    return SetUnits(
        found.scale,
        found.moments,
        found.diffused_moments,
        found.original_scale,
        found.original_moments,
    )


@pytest.mark.parametrize(("size", "tolerance"), [(80, 1e-4), (300, 0.05)])
def test_units_of_a_sample_are_those_of_the_set(
    make_blobs: MakeBlobs, size: int, tolerance: float
) -> None:
    original = make_blobs((size,) * 12, noise=1.5).embeddings
    x = relevant_components(original)
    found, expected = flat(sampled_units(x, original, 40)), flat(whole_units(x, original, 40))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=0.2 * tolerance)


def test_relations_of_a_part_in_the_units_of_the_whole(make_blobs: MakeBlobs) -> None:
    original = make_blobs((60,) * 10).embeddings
    x = relevant_components(original)
    units = whole_units(x, original, 20)
    graph = knn_graph_of_unit_rows(x, 20)
    own, given = (relations_of(x, graph, original=original, units=u) for u in (None, units))
    np.testing.assert_array_equal(own.node_features, given.node_features)
    near = np.ascontiguousarray(x[:300])
    part = relations_of(
        near, knn_graph_of_unit_rows(near, 20), original=original[:300], units=units
    )
    assert (part.scale, part.moments) == (own.scale, own.moments)
    assert part.diffused_moments == own.diffused_moments
    assert (part.original_scale, part.original_moments) == (
        own.original_scale,
        own.original_moments,
    )
