"""The whole method with the shipped model: what must hold for any embeddings."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gcn import Model, cluster, evaluate, load_model
from gcn.clustering.first_look import first_look
from gcn.clustering.result import ClusterResult
from gcn.clustering.stage_timer import Stage
from gcn.graph.knn_graph import knn_graph, suitable_k, unit_rows
from gcn.graph.relations import edge_features, relations_of
from gcn.graph.relevant_components import find_relevant_components
from gcn.merging.strengths import score_pairs
from gcn.pruning.affinities import node_state

from ..conftest import Blobs, MakeBlobs


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    return make_blobs(sizes=(90, 70, 50, 40, 30, 20), dim=48, noise=0.5)


@pytest.fixture(scope="module")
def result(blobs: Blobs, model: Model) -> ClusterResult:
    return cluster(blobs.embeddings, model)


def assert_well_formed(result: ClusterResult, num_images: int) -> None:
    labels = result.labels
    sizes = np.bincount(labels)
    assert (labels.shape, labels.dtype) == ((num_images,), np.int64)
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()
    assert (result.confidence.shape, result.confidence.dtype) == ((num_images,), np.float32)
    assert result.cluster_confidence.shape == (len(sizes),)
    for confidence in (result.confidence, result.cluster_confidence):
        assert ((confidence >= 0) & (confidence <= 1)).all()
    assert result.parts.dtype == np.int64
    assert sorted(set(result.parts)) == list(range(result.parts.max() + 1))
    for part in range(result.parts.max() + 1):
        assert len(set(labels[result.parts == part])) == 1
    pairs, strength = result.relations
    assert (pairs.dtype, strength.dtype) == (np.int64, np.float32)
    assert pairs.shape == (len(strength), 2)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert (pairs < len(sizes)).all()
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert ((strength >= 0) & (strength <= 1)).all()


def test_clear_classes_are_found(blobs: Blobs, result: ClusterResult) -> None:
    assert_well_formed(result, 300)
    scores = evaluate(blobs.labels, result.labels)
    assert scores.bcubed_f >= 0.95
    assert result.warnings == ()


def test_relations_are_what_gcn_c_says_of_the_numbered_clusters(
    blobs: Blobs, result: ClusterResult, model: Model
) -> None:
    components = find_relevant_components(blobs.embeddings)
    assert components is not None
    k = suitable_k(300, 80)
    refined = first_look(components, blobs.embeddings, k, model).refined
    relations = relations_of(refined, knn_graph(refined, k), original=blobs.embeddings)
    state = node_state(refined, relations, model.gcn_v, model.settings)
    pairs, strength = score_pairs(state, result.labels, model.gcn_c, model.settings)
    np.testing.assert_array_equal(result.relations.pairs, pairs)
    np.testing.assert_allclose(result.relations.strength, strength, atol=1e-6)
    assert len(pairs) == 15  # every two of six clusters


def search(result: ClusterResult) -> Stage:
    return next(stage for stage in result.stages if stage.name == "Nearest neighbors")


def test_pure_clusters_are_pure(blobs: Blobs, result: ClusterResult) -> None:
    assert evaluate(blobs.labels, result.parts).pairwise_precision >= 0.98


def test_stages_say_what_happened(result: ClusterResult) -> None:
    names = [stage.name for stage in result.stages]
    assert names == [
        "Relevant components",
        "First look",
        "Nearest neighbors",
        "Relations",
        "GCN-V",
        "Pruning",
        "GCN-C and merging",
        "Cohesion",
        "Usual size",
        "Second look",
        "Cluster relations",
    ]
    counts = {name: count for stage in result.stages for name, count in stage.counts.items()}
    assert counts["images"] == 300
    assert counts["k"] == 58
    assert 0 <= counts["low_density_images"] <= 300
    assert counts["pure_clusters"] == result.parts.max() + 1
    assert counts["clusters"] == result.labels.max() + 1
    thresholds = {name for stage in result.stages for name in stage.thresholds}
    assert {"min_affinity", "min_relation", "min_strength", "density_quantile"} <= thresholds
    assert all(stage.seconds >= 0 for stage in result.stages)


def test_permuting_rows_permutes_labels(blobs: Blobs, result: ClusterResult, model: Model) -> None:
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(300)
        permuted = cluster(blobs.embeddings[order], model)
        assert evaluate(result.labels[order], permuted.labels).ari == 1.0
        np.testing.assert_allclose(permuted.confidence, result.confidence[order], atol=1e-3)


def test_permuting_hard_rows_permutes_labels(make_blobs: MakeBlobs, model: Model) -> None:
    embeddings = make_blobs(sizes=(40,) * 10, dim=24, noise=1.2).embeddings
    order = np.random.default_rng(1).permutation(400)
    one, other = cluster(embeddings, model), cluster(embeddings[order], model)
    assert evaluate(one.labels[order], other.labels).ari == 1.0


def test_same_seed_same_labels(blobs: Blobs, result: ClusterResult, model: Model) -> None:
    again = cluster(blobs.embeddings, model, seed=0)
    np.testing.assert_array_equal(again.labels, result.labels)
    np.testing.assert_array_equal(again.confidence, result.confidence)


def test_the_length_of_rows_does_not_matter(
    blobs: Blobs, result: ClusterResult, model: Model
) -> None:
    longer = blobs.embeddings * np.linspace(0.1, 40, 300)[:, None]
    assert evaluate(result.labels, cluster(longer, model).labels).ari == 1.0


def test_the_embeddings_are_not_changed(blobs: Blobs, model: Model) -> None:
    before = blobs.embeddings.copy()
    cluster(blobs.embeddings, model)
    np.testing.assert_array_equal(blobs.embeddings, before)


@pytest.mark.parametrize("sizes", [(100, 100), (200, 12), (25, 25), (5, 5)])
def test_two_far_apart_blobs_never_merge(
    sizes: tuple[int, int], make_blobs: MakeBlobs, model: Model
) -> None:
    blobs = make_blobs(sizes=sizes, dim=32, noise=0.2, seed=3)
    labels = cluster(blobs.embeddings, model).labels
    assert evaluate(blobs.labels, labels).pairwise_precision == 1.0


def test_opposite_blobs_never_merge(model: Model) -> None:
    rng = np.random.default_rng(0)
    sign = np.repeat([1.0, -1.0], 60)[:, None]
    embeddings = sign * (np.eye(16)[0] + 0.1 * rng.normal(size=(120, 16)))
    labels = cluster(embeddings, model).labels
    assert set(labels[:60]).isdisjoint(labels[60:])


@pytest.mark.parametrize("row", [[1.0], [1.0, 2.0, 3.0]])
def test_two_opposite_images_are_two_clusters(row: list[float], model: Model) -> None:
    assert cluster([row, [-number for number in row]], model).labels.tolist() == [0, 1]


@pytest.mark.parametrize("copies", [2, 30, 300])
def test_identical_images_end_in_one_cluster(copies: int, model: Model) -> None:
    embeddings = np.random.default_rng(copies).normal(size=(copies + 120, 40))
    embeddings[:copies] = embeddings[0]
    result = cluster(embeddings, model)
    assert_well_formed(result, copies + 120)
    assert len(set(result.labels[:copies])) == 1


def test_only_identical_images_are_one_cluster(model: Model) -> None:
    result = cluster(np.ones((200, 8)), model)
    assert result.labels.max() == 0
    assert (result.confidence > 0.5).all()


@pytest.mark.parametrize("num_images", [1, 2, 3, 5, 20, 81])
def test_very_small_sets_give_a_result(num_images: int, model: Model) -> None:
    embeddings = np.random.default_rng(num_images).normal(size=(num_images, 10))
    assert_well_formed(cluster(embeddings, model), num_images)


@pytest.mark.parametrize("k", [1, 2, 5, 150, 299])
def test_any_k_gives_a_result(k: int, blobs: Blobs, model: Model) -> None:
    result = cluster(blobs.embeddings, model, k=k)
    assert_well_formed(result, 300)
    assert search(result).counts["k"] == k


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_number_types_give_the_same_clusters(
    dtype: type[np.floating], blobs: Blobs, result: ClusterResult, model: Model
) -> None:
    labels = cluster(blobs.embeddings.astype(dtype), model).labels
    assert evaluate(result.labels, labels).ari >= 0.99


def test_must_link_joins_and_cannot_link_separates(
    blobs: Blobs, result: ClusterResult, model: Model
) -> None:
    in_first, in_second = (np.flatnonzero(result.labels == c)[:3] for c in (0, 1))
    must = np.stack([in_first[:1], in_second[:1]], 1)
    cannot = np.array([[in_first[1], in_first[2]], [in_second[1], in_second[2]]])
    linked = cluster(blobs.embeddings, model, must_link=must, cannot_link=cannot)
    assert_well_formed(linked, 300)
    assert (linked.labels[must[:, 0]] == linked.labels[must[:, 1]]).all()
    assert (linked.labels[cannot[:, 0]] != linked.labels[cannot[:, 1]]).all()


def stage_counts(result: ClusterResult) -> dict[str, int]:
    return {name: count for stage in result.stages for name, count in stage.counts.items()}


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_known_number_joins_whole_clusters(
    number: int, blobs: Blobs, result: ClusterResult, model: Model
) -> None:
    told = cluster(blobs.embeddings, model, num_clusters=number)
    assert_well_formed(told, 300)
    assert told.labels.max() + 1 == number
    assert len({*zip(result.labels, told.labels, strict=True)}) == result.labels.max() + 1
    assert (told.parts == result.parts).all()
    assert stage_counts(told)["made_clusters"] == number
    assert told.relations.pairs.size == 0 or told.relations.pairs.max() < number


def test_a_known_number_brings_the_pieces_of_large_classes_together(
    make_blobs: MakeBlobs, model: Model
) -> None:
    rng = np.random.default_rng(5)
    classes = 3.0 * rng.normal(size=(3, 48))
    pieces = (classes[:, None] + rng.normal(size=(3, 6, 48))).reshape(18, 48)
    rows = np.repeat(np.arange(18), 40)
    x = pieces[rows] + 0.5 * rng.normal(size=(720, 48))
    found, told = (cluster(x, model, num_clusters=number) for number in (None, 3))
    assert found.labels.max() + 1 > 3
    assert evaluate(rows // 6, told.labels).mean_f > 0.98 > evaluate(rows // 6, found.labels).mean_f


def test_a_number_above_what_was_found_divides_into_parts(
    make_blobs: MakeBlobs, model: Model
) -> None:
    x = make_blobs(sizes=(90, 70, 50, 40, 30, 20), dim=48, noise=1.8).embeddings
    result = cluster(x, model)
    there, parts = int(result.labels.max()) + 1, int(result.parts.max()) + 1
    number = (there + parts) // 2
    assert there < number < parts
    told = cluster(x, model, num_clusters=number)
    assert_well_formed(told, 300)
    assert told.labels.max() + 1 == number
    assert len({*zip(result.labels, told.labels, strict=True)}) == number
    assert len({*zip(result.parts, told.labels, strict=True)}) == parts


def test_confidence_is_that_of_the_joined_clusters(blobs: Blobs, model: Model) -> None:
    told = cluster(blobs.embeddings, model, num_clusters=2)
    mean = np.bincount(told.labels, told.confidence) / np.bincount(told.labels)
    np.testing.assert_allclose(told.cluster_confidence, mean, rtol=1e-5)


def test_a_number_that_is_not_reached_is_told(
    blobs: Blobs, result: ClusterResult, model: Model
) -> None:
    parts = int(result.parts.max()) + 1
    many = cluster(blobs.embeddings, model, num_clusters=300)
    assert len({*zip(result.parts, many.labels, strict=True)}) == parts == many.labels.max() + 1
    assert f"only {parts} clusters, not 300: " in many.warnings[0]
    firsts = np.array([np.flatnonzero(blobs.labels == each)[0] for each in range(3)])
    apart = firsts[[[0, 1], [0, 2], [1, 2]]]
    few = cluster(blobs.embeddings, model, num_clusters=1, cannot_link=apart)
    assert few.labels.max() + 1 == 3
    assert len(set(few.labels[firsts])) == 3
    assert "3 clusters, not 1: " in few.warnings[0]


@pytest.mark.parametrize(
    ("number", "error", "match"),
    [
        (0, ValueError, r"'num_clusters' must be from 1 to .* 300 \(got 0\)"),
        (301, ValueError, r"\(got 301\); leave it out"),
        (2.0, TypeError, r"'num_clusters' must be a whole number of at least 1 \(got 2\.0\)"),
        (True, TypeError, r"\(got True\)"),
    ],
)
def test_an_unusable_number_raises(
    number: int, error: type[Exception], match: str, blobs: Blobs, model: Model
) -> None:
    with pytest.raises(error, match=match):
        cluster(blobs.embeddings, model, num_clusters=number)


@pytest.mark.parametrize("seed", range(5))
def test_many_random_links_are_all_respected(
    seed: int, make_blobs: MakeBlobs, model: Model
) -> None:
    blobs = make_blobs(sizes=(40, 30, 30, 20), dim=16, noise=1.0, seed=seed)
    rng = np.random.default_rng(seed)
    pairs = rng.integers(0, 120, (150, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    same = blobs.labels[pairs[:, 0]] == blobs.labels[pairs[:, 1]]
    must, cannot = pairs[same], pairs[~same]
    result = cluster(blobs.embeddings, model, must_link=must, cannot_link=cannot)
    assert_well_formed(result, 120)
    assert (result.labels[must[:, 0]] == result.labels[must[:, 1]]).all()
    assert (result.labels[cannot[:, 0]] != result.labels[cannot[:, 1]]).all()
    free = cluster(blobs.embeddings, model)
    gained = evaluate(blobs.labels, result.labels).bcubed_f
    assert gained >= evaluate(blobs.labels, free.labels).bcubed_f - 0.03


def test_empty_links_are_no_links(blobs: Blobs, result: ClusterResult, model: Model) -> None:
    labels = cluster(blobs.embeddings, model, must_link=[], cannot_link=np.empty((0, 2))).labels
    np.testing.assert_array_equal(labels, result.labels)


def test_progress_rises_to_one_and_names_what_happens(blobs: Blobs, model: Model) -> None:
    seen: list[tuple[float, str]] = []
    cluster(blobs.embeddings, model, progress=lambda done, what: seen.append((done, what)))
    shares = [done for done, _ in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(what for _, what in seen)


@pytest.mark.parametrize(("after", "stage"), [(0.5, "."), (0.925, "GCN-C and merging")])
def test_progress_may_cancel(after: float, stage: str, blobs: Blobs, model: Model) -> None:
    def cancel(done: float, what: str) -> None:
        if done > after:
            raise InterruptedError(what)

    with pytest.raises(InterruptedError, match=stage):
        cluster(blobs.embeddings, model, progress=cancel)


def test_embeddings_that_do_not_separate_give_a_warning(model: Model) -> None:
    noise = np.random.default_rng(0).normal(size=(600, 64))
    result = cluster(noise, model)
    assert any("embeddings" in sentence for sentence in result.warnings)


@pytest.mark.parametrize(
    ("embeddings", "match"),
    [
        (np.ones(5), r"'embeddings' must have shape \(N, D\)"),
        (np.empty((0, 8)), r"'embeddings' must have shape \(N, D\)"),
        ([[np.nan, 1.0], [0.0, 1.0]], r"1 of 2 rows hold NaN"),
        ([[0.0, 0.0], [0.0, 1.0]], r"1 of 2 rows are zero"),
        ([["a"], ["b"]], r"'embeddings' must be one array of numbers"),
    ],
)
def test_unusable_embeddings_raise(embeddings: npt.ArrayLike, match: str, model: Model) -> None:
    with pytest.raises(ValueError, match=match):
        cluster(embeddings, model)


@pytest.mark.parametrize(
    ("k", "error", "match"),
    [
        (0, ValueError, r"'k' must be at least 1 \(got 0\)"),
        (-1, ValueError, r"'k' must be at least 1 \(got -1\)"),
        (300, ValueError, r"'k' must be smaller than the number of embeddings \(got k=300, N=300"),
        (2.5, TypeError, r"'k' must be a whole number of at least 1 \(got 2\.5\)"),
        ("8", TypeError, r"'k' must be a whole number of at least 1 \(got '8'\)"),
    ],
)
def test_an_unusable_k_raises(
    k: object, error: type[Exception], match: str, blobs: Blobs, model: Model
) -> None:
    with pytest.raises(error, match=match):
        cluster(blobs.embeddings, model, k=k)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("links", "match"),
    [
        ({"must_link": [1, 2]}, r"'must_link' must hold pairs of row numbers, shape \(M, 2\)"),
        ({"must_link": [[1, 2, 3]]}, r"'must_link' must hold pairs"),
        ({"cannot_link": [[0.5, 1.0]]}, r"'cannot_link' must hold pairs .* \(got dtype float64"),
        ({"cannot_link": [[0, 300]]}, r"'cannot_link' must name rows 0 to 299 \(got 0 to 300\)"),
        ({"must_link": [[-1, 4]]}, r"'must_link' must name rows 0 to 299 \(got -1 to 4\)"),
        ({"cannot_link": [[4, 4]]}, r"'cannot_link' must name two different rows"),
        (
            {"must_link": [[0, 1], [1, 2]], "cannot_link": [[2, 0]]},
            r"rows 2 and 0 are in 'cannot_link' but 'must_link' joins them",
        ),
    ],
)
def test_unusable_links_raise(
    links: dict[str, npt.ArrayLike], match: str, blobs: Blobs, model: Model
) -> None:
    with pytest.raises(ValueError, match=match):
        cluster(blobs.embeddings, model, **links)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("dim", "k"),
    [(1, 20), (2, 20), (8192, 20), (8, 2060)],
    ids=["D=1", "D=2", "D=8192", "k=2060"],
)
def test_extreme_dimensions_and_k_work(dim: int, k: int, model: Model) -> None:
    num_images = max(120, k + 20)
    embeddings = np.random.default_rng(dim).normal(size=(num_images, dim)).astype(np.float16)
    embeddings[embeddings == 0] = 1
    embeddings[::2] += 20  # two classes, for one of more than k would be clustered once more
    assert_well_formed_labels(cluster(embeddings, model, k=k), num_images)


def assert_well_formed_labels(result: ClusterResult, num_images: int) -> None:
    assert result.labels.shape == (num_images,)
    assert sorted(set(result.labels)) == list(range(result.labels.max() + 1))
    assert np.isfinite(result.confidence).all()


def test_a_memory_map_in_half_precision_gives_the_labels_of_the_array(
    blobs: Blobs, model: Model, tmp_path: Path
) -> None:
    half = blobs.embeddings.astype(np.float16)
    np.save(tmp_path / "half.npy", half)
    mapped = np.load(tmp_path / "half.npy", mmap_mode="r")
    np.testing.assert_array_equal(cluster(mapped, model).labels, cluster(half, model).labels)


def test_lists_give_the_clusters_of_exact_search(
    make_blobs: MakeBlobs, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    embeddings = make_blobs(sizes=(30,) * 60, dim=48, noise=0.6).embeddings
    exact = cluster(embeddings, model)
    monkeypatch.setattr("gcn.knn.search.EXACT_ROWS", 0)
    listed = cluster(embeddings, model)
    assert search(listed).thresholds["recall"] >= 0.97
    assert search(listed).counts["lists"] > 0
    assert evaluate(exact.labels, listed.labels).bcubed_f >= 0.99


def test_a_large_set_that_lists_do_not_suit_is_searched_exactly_and_says_so(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(1).normal(size=(3000, 400))
    exact = cluster(noise, model, k=10)
    monkeypatch.setattr("gcn.knn.search.EXACT_ROWS", 0)
    listed = cluster(noise, model, k=10)
    (told,) = set(listed.warnings) - set(exact.warnings)
    assert told.startswith("Each image was compared with all others")
    assert f" {search(listed).counts['lists_given_up']} lists " in told
    np.testing.assert_array_equal(listed.labels, exact.labels)


def test_dense_images_save_work_and_change_nothing_of_the_others(
    make_blobs: MakeBlobs, model: Model
) -> None:
    x = make_blobs(sizes=(60, 50, 40, 30), dim=32, noise=0.4).embeddings
    graph = knn_graph(x, 20)
    low = np.random.default_rng(0).random(len(x)) < 0.3
    whole, part = relations_of(x, graph), relations_of(x, graph, low_density=low)
    rows = np.flatnonzero(low)
    np.testing.assert_array_equal(edge_features(part, rows), edge_features(whole, rows))
    left_out = ~low
    left_out[graph.neighbors[low].ravel()] = False
    assert left_out.any()
    assert (part.diffused[left_out] == 0).all()
    assert (part.sharp_diffused[~low] == 0).all()


@pytest.mark.parametrize("distance", [2.0, 0.7])
def test_classes_of_thousands_without_inner_structure_come_out_whole(
    model: Model, distance: float
) -> None:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(4), 1500))
    means = unit_rows(rng.normal(size=(4, 128)))
    embeddings = distance * means[labels] + rng.normal(size=(6000, 128)) / np.sqrt(128)
    result = cluster(embeddings, model)
    assert evaluate(labels, result.labels).mean_f > 0.97
    assert result.confidence.mean() > 0.9
    assert result.warnings == ()


def test_pure_noise_stays_apart(model: Model) -> None:
    noise = np.random.default_rng(1).normal(size=(3000, 400))
    for k in (10, None):
        assert int(cluster(noise, model, k=k).labels.max()) + 1 == 3000
