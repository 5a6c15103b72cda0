"""Oracles for gcn/evaluation/metrics.py: a hand-worked case, scikit-learn, and plain loops."""

import dataclasses
import math
import time

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import pair_confusion_matrix

from gcn.evaluation.metrics import Scores, evaluate

Labels = npt.NDArray[np.int64]


def random_partitions(seed: int) -> tuple[Labels, Labels]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 40))
    true = rng.integers(0, rng.integers(1, n + 1), n)
    pred = rng.integers(0, rng.integers(1, n + 1), n)
    return true, pred


def brute_force_bcubed(true: Labels, pred: Labels) -> tuple[float, float]:
    precision = recall = 0.0
    for i in range(len(true)):
        cluster = [j for j in range(len(true)) if pred[j] == pred[i]]
        members = [j for j in range(len(true)) if true[j] == true[i]]
        common = len(set(cluster) & set(members))
        precision += common / len(cluster)
        recall += common / len(members)
    return precision / len(true), recall / len(true)


def test_evaluate_gives_the_hand_worked_scores() -> None:
    # Classes {a a a a} {b b}; clusters {a a a b} {a} {b}.
    scores = evaluate([0, 0, 0, 0, 1, 1], [5, 5, 5, 7, 5, 9])
    # Same-cluster pairs 6, same-class pairs 6 + 1, both 3.
    assert scores.pairwise_precision == pytest.approx(3 / 6)
    assert scores.pairwise_recall == pytest.approx(3 / 7)
    assert scores.pairwise_f == pytest.approx(2 * 3 / (6 + 7))
    # Precision per image: 3/4 three times, 1, 1/4, 1. Recall: 3/4 x3, 1/4, 1/2, 1/2.
    assert scores.bcubed_precision == pytest.approx(4.5 / 6)
    assert scores.bcubed_recall == pytest.approx(3.5 / 6)
    assert scores.bcubed_f == pytest.approx(2 * 4.5 * 3.5 / (4.5 + 3.5) / 6)
    # 15 pairs: expected overlap 6 * 7 / 15 = 2.8.
    assert scores.ari == pytest.approx((3 - 2.8) / (6.5 - 2.8))
    assert (scores.n_images, scores.n_classes, scores.n_clusters) == (6, 2, 3)
    assert (scores.n_singletons, scores.largest_cluster) == (2, 4)


def test_identical_partitions_score_one_whatever_the_numbers() -> None:
    scores = evaluate([3, 3, 8, 8, 8, 0], [1, 1, 0, 0, 0, 70])
    for field in dataclasses.fields(Scores)[:8]:
        assert getattr(scores, field.name) == pytest.approx(1.0), field.name


def test_all_singletons_are_precise_and_recall_only_themselves() -> None:
    scores = evaluate([0, 0, 0, 1], [0, 1, 2, 3])
    assert scores.pairwise_precision == 1.0
    assert (scores.pairwise_recall, scores.pairwise_f, scores.ari) == (0.0, 0.0, 0.0)
    assert scores.bcubed_precision == 1.0
    assert scores.bcubed_recall == pytest.approx(2 / 4)


def test_one_giant_cluster_recalls_everything() -> None:
    scores = evaluate([0, 0, 1, 2], [4, 4, 4, 4])
    assert scores.bcubed_recall == scores.pairwise_recall == 1.0
    assert scores.bcubed_precision == pytest.approx((2 * 0.5 + 2 * 0.25) / 4)
    assert scores.nmi == scores.ari == 0.0


def test_one_image_is_a_perfect_clustering() -> None:
    scores = evaluate([4], [0])
    assert scores.bcubed_f == scores.pairwise_f == scores.nmi == scores.ari == 1.0
    assert (scores.n_images, scores.n_singletons, scores.largest_cluster) == (1, 1, 1)


@pytest.mark.parametrize("seed", range(60))
def test_scores_match_scikit_learn_and_plain_loops(seed: int) -> None:
    true, pred = random_partitions(seed)
    scores = evaluate(true, pred)
    (_, false_pos), (false_neg, both) = pair_confusion_matrix(true, pred)
    if both + false_pos:
        assert scores.pairwise_precision == pytest.approx(both / (both + false_pos))
    if both + false_neg:
        assert scores.pairwise_recall == pytest.approx(both / (both + false_neg))
    precision, recall = brute_force_bcubed(true, pred)
    assert scores.bcubed_precision == pytest.approx(precision)
    assert scores.bcubed_recall == pytest.approx(recall)
    assert scores.bcubed_f == pytest.approx(2 / (1 / precision + 1 / recall))
    assert scores.nmi == pytest.approx(
        normalized_mutual_info_score(true, pred, average_method="arithmetic"), abs=1e-9
    )
    assert scores.ari == pytest.approx(adjusted_rand_score(true, pred), abs=1e-9)
    assert scores.n_clusters == len(np.unique(pred))
    assert scores.largest_cluster == np.bincount(pred).max()


@pytest.mark.parametrize("seed", range(10))
def test_scores_ignore_the_order_of_rows_and_the_names_of_clusters(seed: int) -> None:
    true, pred = random_partitions(seed)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(true)), rng.permutation(pred.max() + 1) + 11
    shuffled = evaluate(true[order], names[pred[order]]).as_dict()
    assert shuffled == pytest.approx(evaluate(true, pred).as_dict())


@pytest.mark.parametrize("seed", range(10))
def test_purity_is_the_share_of_images_in_the_main_class_of_their_cluster(seed: int) -> None:
    true, pred = random_partitions(seed)
    main = sum(np.bincount(true[pred == cluster]).max() for cluster in np.unique(pred))
    assert evaluate(true, pred).purity == pytest.approx(main / len(true))


def test_mean_f_is_the_mean_of_both_f() -> None:
    scores = evaluate([0, 0, 1, 1], [0, 0, 0, 0])
    assert scores.mean_f == (scores.bcubed_f + scores.pairwise_f) / 2


@pytest.mark.parametrize("seed", range(10))
def test_swapping_classes_and_clusters_swaps_precision_and_recall(seed: int) -> None:
    true, pred = random_partitions(seed)
    scores, swapped = evaluate(true, pred), evaluate(pred, true)
    assert scores.pairwise_precision == pytest.approx(swapped.pairwise_recall)
    assert scores.bcubed_precision == pytest.approx(swapped.bcubed_recall)
    assert scores.nmi == pytest.approx(swapped.nmi)
    assert scores.ari == pytest.approx(swapped.ari)


def test_images_of_unknown_class_are_left_out_of_scores_and_counts() -> None:
    true, pred = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    with_unknown = evaluate(np.append(true, [-1, -1, -1]), np.append(pred, [0, 9, -1]))
    assert with_unknown == evaluate(true, pred)


def test_unassigned_images_count_as_clusters_of_one() -> None:
    assert evaluate([0, 0, 0, 1], [-1, 6, -1, 6]) == evaluate([0, 0, 0, 1], [0, 1, 2, 1])


def test_as_dict_holds_plain_numbers_in_the_order_of_the_fields() -> None:
    scores = evaluate(np.array([0, 0, 1], np.int32), np.array([0, 1, 1], np.uint8))
    names = [field.name for field in dataclasses.fields(Scores)]
    assert list(scores.as_dict()) == [*names, "mean_f"]
    assert {type(value) for value in scores.as_dict().values()} == {float, int}


def test_a_million_images_take_seconds_and_no_square_table() -> None:
    rng = np.random.default_rng(0)
    true = np.repeat(np.arange(250_000), 4)
    pred = np.where(rng.random(len(true)) < 0.2, rng.integers(0, 250_000, len(true)), true)
    start = time.process_time()
    scores = evaluate(true, pred)
    assert time.process_time() - start < 10.0
    assert 0.6 < scores.bcubed_precision < 0.8
    assert math.isfinite(scores.ari)


def test_pair_counts_beyond_64_bits_do_not_overflow() -> None:
    true = np.zeros(1_000_000, np.int64)
    pred = np.repeat([0, 1], 500_000)
    true[0] = 1
    scores = evaluate(true, pred)
    assert scores.pairwise_recall == pytest.approx(0.5, abs=1e-5)
    assert scores.ari == pytest.approx(adjusted_rand_score(true, pred), abs=1e-9)


@pytest.mark.parametrize("name", ["labels_true", "labels_pred"])
@pytest.mark.parametrize(
    ("labels", "error", "match"),
    [
        ([[0, 1]], ValueError, r"must be one-dimensional \(got shape \(1, 2\)\)"),
        (3, ValueError, r"must be one-dimensional \(got shape \(\)\)"),
        ([0.0, 1.0], TypeError, r"must hold integers \(got float64\)"),
        (["a", "b"], TypeError, r"must hold integers \(got <U1\); turn names"),
        ([True, False], TypeError, r"must hold integers \(got bool\)"),
        ([0, -2], ValueError, r"must not go below -1 \(got -2\)"),
        (np.array([0, 2**64 - 1], np.uint64), ValueError, "must fit into 64 bits"),
    ],
)
def test_bad_labels_raise_one_sentence_that_names_them(
    name: str, labels: npt.ArrayLike, error: type[Exception], match: str
) -> None:
    arguments: dict[str, npt.ArrayLike] = {"labels_true": [0, 1], "labels_pred": [0, 1]}
    arguments[name] = labels
    with pytest.raises(error, match=f"'{name}' {match}"):
        evaluate(**arguments)


def test_labels_of_different_length_raise() -> None:
    with pytest.raises(ValueError, match=r"the same images \(got 3 and 2 labels\)"):
        evaluate([0, 1, 1], [0, 1])


@pytest.mark.parametrize("labels", [[], [-1, -1]])
def test_no_known_class_raises(labels: list[int]) -> None:
    with pytest.raises(ValueError, match=r"at least one image \(got \d labels"):
        evaluate(labels, labels)
