"""Evaluating a run: scores, rows, views, and what is kept with the run."""

import time
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from gcn.evaluation.metrics import evaluate
from tests.operators.conftest import CLASSES

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def evaluation(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.evaluation.evaluation")


def expected_scores(dataset: "fo.Dataset", clusters: str, classes: str) -> dict[str, Any]:
    columns = [dataset.values(path, unwind=True) for path in (clusters, classes)]
    pred, true = (np.unique(column, return_inverse=True)[1] for column in columns)
    return evaluate(true, pred).as_dict()


def test_scores_are_those_of_the_fields(evaluation: ModuleType, graded: "fo.Dataset") -> None:
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    assert report.run_key == report.cluster_field == "cluster"
    expected = expected_scores(graded, "cluster.label", "kind.label")
    assert {name: report.scores[name] for name in expected} == expected
    labels = graded.values("cluster.label")
    assert report.scores["ari"] == pytest.approx(adjusted_rand_score(CLASSES, labels))
    assert report.scores["nmi"] == pytest.approx(normalized_mutual_info_score(CLASSES, labels))
    assert report.scores["purity"] == pytest.approx(28 / 30)
    assert report.counts == {"evaluated": 30, "unlabeled": 0, "not_clustered": 0, "noise": 0}


def test_rows_name_the_split_class_and_the_mixed_cluster_first(
    evaluation: ModuleType, graded: "fo.Dataset"
) -> None:
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    of_c = Counter(graded.values("cluster.label")[18:])
    (main, in_main), (other, _) = of_c.most_common()
    assert report.classes[0] == {
        "class": "c",
        "size": 12,
        "precision": pytest.approx((10 * 1 + 2 * 0.2) / 12),
        "recall": pytest.approx((10 * 10 + 2 * 2) / 144),
        "clusters": 2,
        "largest_cluster": main,
        "share": pytest.approx(in_main / 12),
    }
    assert [row["class"] for row in report.classes[1:]] == ["a", "b"]
    assert report.clusters[0] == {
        "cluster": other,
        "size": 10,
        "precision": pytest.approx(0.8**2 + 0.2**2),
        "recall": pytest.approx((8 * 1 + 2 * 2 / 12) / 10),
        "classes": 2,
        "main_class": "b",
        "share": pytest.approx(0.8),
    }
    assert all(row["classes"] == 1 for row in report.clusters[1:])


def test_views_show_the_images_concerned(evaluation: ModuleType, graded: "fo.Dataset") -> None:
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    assert report.saved_views == ["cluster: most split classes", "cluster: most mixed clusters"]
    split, mixed = (graded.load_saved_view(name) for name in report.saved_views)
    assert split.values("kind.label") == ["c"] * 12
    assert split.values("cluster.label") == sorted(split.values("cluster.label"))
    assert mixed.values("cluster.label") == [report.clusters[0]["cluster"]] * 10
    assert mixed.values("kind.label") == ["b"] * 8 + ["c"] * 2


def test_views_begin_with_what_is_worst_whatever_it_is_called(
    evaluation: ModuleType, graded: "fo.Dataset"
) -> None:
    graded.set_values("cluster.label", ["b"] * 15 + ["a"] * 15)
    kinds = ["x"] * 14 + ["y"] * 5 + ["z"] * 11
    graded.set_values("kind.label", kinds)
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    assert [row["cluster"] for row in report.clusters] == ["a", "b"]
    renamed = ["z" if name == "a" else name for name in graded.values("cluster.label")]
    graded.set_values("cluster.label", renamed)
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    split, mixed = (graded.load_saved_view(name) for name in report.saved_views)
    assert [row["cluster"] for row in report.clusters] == ["z", "b"]
    assert mixed.values("cluster.label") == ["z"] * 15 + ["b"] * 15
    assert split.values("kind.label") == ["y"] * 5


def test_views_go_when_nothing_is_wrong_any_more_and_with_the_run(
    evaluation: ModuleType, plugin_part: Callable[[str], ModuleType], graded: "fo.Dataset"
) -> None:
    first = evaluation.evaluate_clusters(graded, label_field="kind")
    wrong = graded.load_saved_view(first.saved_views[1]).match({"kind.label": "c"})
    wrong.set_values("cluster.label", [first.classes[0]["largest_cluster"]] * 2)
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    assert report.scores["mean_f"] == 1.0
    assert report.saved_views == []
    assert graded.list_saved_views() == ["cluster: one tile per cluster"]
    evaluation.evaluate_clusters(graded, label_field="ground_truth")
    assert len(graded.list_saved_views()) == 3
    deleted = plugin_part("operators.runs.run_deletion").delete_run(graded, "cluster")["deleted"]
    assert "saved view 'cluster: most split classes'" in deleted
    assert graded.list_saved_views() == []


def test_views_of_the_user_stay(evaluation: ModuleType, graded: "fo.Dataset") -> None:
    graded.save_view("cluster: most split classes", graded.limit(3))
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    assert report.saved_views == ["cluster: most mixed clusters"]
    assert len(graded.load_saved_view("cluster: most split classes")) == 3
    none = evaluation.evaluate_clusters(graded, label_field="kind", save_views=False)
    assert none.saved_views == []


def test_images_without_class_or_cluster_are_left_out_and_counted(
    evaluation: ModuleType, graded: "fo.Dataset"
) -> None:
    graded[:4].set_values("kind", [None] * 4)
    graded[4:7].set_values("cluster", [None] * 3)
    graded[7:9].set_values("cluster.label", ["noise"] * 2)
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    assert report.counts == {"evaluated": 23, "unlabeled": 4, "not_clustered": 3, "noise": 2}
    assert report.scores["n_images"] == 23
    assert report.scores["n_singletons"] == 3  # the noise, and what is left of its cluster
    assert "noise" not in [row["cluster"] for row in report.clusters]
    (row,) = [row for row in report.classes if row["class"] == "a"]
    assert (row["size"], row["clusters"]) == (3, 3)


def test_corrections_count(evaluation: ModuleType, graded: "fo.Dataset") -> None:
    graded.set_values("cluster.label", CLASSES)
    assert evaluation.evaluate_clusters(graded, label_field="kind").scores["mean_f"] == 1.0
    graded.set_values("cluster.label", ["one"] * 30)
    scores = evaluation.evaluate_clusters(graded, label_field="kind").scores
    assert (scores["n_clusters"], scores["bcubed_recall"]) == (1, 1.0)


def test_patches_are_compared_with_their_own_labels_and_attributes(
    evaluation: ModuleType, graded_objects: "fo.Dataset"
) -> None:
    report = evaluation.evaluate_clusters(graded_objects)
    root = "objects.detections"
    expected = expected_scores(graded_objects, f"{root}.cluster", f"{root}.label")
    assert (report.run_key, report.label_field) == ("objects_cluster", "objects")
    assert {name: report.scores[name] for name in expected} == expected
    split, mixed = (graded_objects.load_saved_view(name) for name in report.saved_views)
    assert split.values("objects.label") == ["c"] * 12
    assert mixed.values("objects.label") == ["b"] * 8 + ["c"] * 2
    ids = graded_objects.values(f"{root}.id", unwind=True)
    kinds = dict(zip(ids, CLASSES, strict=True))
    graded_objects.set_label_values(f"{root}.kind", kinds, dynamic=True)
    for name in ("kind", f"{root}.kind"):
        again = evaluation.evaluate_clusters(graded_objects, label_field=name)
        assert again.scores == report.scores


def test_images_without_objects_are_no_obstacle(
    evaluation: ModuleType, graded_objects: "fo.Dataset"
) -> None:
    import fiftyone as fo

    graded_objects.add_sample(
        fo.Sample(filepath=graded_objects.first().filepath.replace(".png", "-2.png"))
    )
    assert evaluation.evaluate_clusters(graded_objects).counts["evaluated"] == 30


@pytest.mark.parametrize("kind", ["text", "number", "yes or no"])
def test_classes_may_be_text_numbers_or_flags(
    evaluation: ModuleType, graded: "fo.Dataset", kind: str
) -> None:
    values = {
        "text": CLASSES,
        "number": [ord(name) for name in CLASSES],
        "yes or no": [name == "a" for name in CLASSES],
    }[kind]
    graded.set_values("plain", values)
    report = evaluation.evaluate_clusters(graded, label_field="plain")
    assert {row["class"] for row in report.classes} == set(values)
    if report.saved_views:
        split = graded.load_saved_view("cluster: most split classes")
        assert set(split.values("plain")) <= set(values)
        assert len(split) >= 12


def test_an_evaluation_is_kept_with_the_run(
    evaluation: ModuleType, plugin_part: Callable[[str], ModuleType], graded: "fo.Dataset"
) -> None:
    import fiftyone as fo

    runs = plugin_part("operators")
    report = evaluation.evaluate_clusters(graded, label_field="kind")
    evaluation.evaluate_clusters(graded, label_field="ground_truth")
    evaluation.evaluate_clusters(graded, label_field="kind")
    again = fo.load_dataset(graded.name)
    again.reload()
    (summary,) = runs.list_runs(again)
    assert list(summary.scores) == ["ground_truth", "kind"]
    assert summary.scores["kind"] == report.scores["mean_f"]
    kept = summary.config["evaluations"][-1]
    assert kept["scores"] == report.scores
    assert kept["classes"] == report.classes
    assert kept["clusters"] == report.clusters
    runs.load_run(graded, "cluster")
    assert list(runs.list_runs(graded)[0].scores) == ["ground_truth", "kind"]


def test_a_new_run_in_the_place_of_the_old_one_starts_without_evaluation(
    evaluation: ModuleType, plugin_part: Callable[[str], ModuleType], graded: "fo.Dataset"
) -> None:
    evaluation.evaluate_clusters(graded, label_field="kind")
    plugin_part("operators.runs.clustering").cluster_images(
        graded, embeddings_field="vectors", overwrite=True
    )
    assert plugin_part("operators").list_runs(graded)[0].scores == {}
    assert graded.list_saved_views() == ["cluster: one tile per cluster"]


def test_a_run_deleted_meanwhile_is_noticed(evaluation: ModuleType, graded: "fo.Dataset") -> None:
    def delete_it(share: float, label: str) -> None:
        if label.startswith("Keeping"):
            graded.delete_run("cluster")

    with pytest.raises(ValueError, match="no clustering run 'cluster'"):
        evaluation.evaluate_clusters(graded, label_field="kind", progress=delete_it)


@pytest.mark.slow
def test_a_hundred_thousand_images_take_seconds(
    evaluation: ModuleType, plugin_part: Callable[[str], ModuleType], make_dataset: Any
) -> None:
    import fiftyone as fo

    n, rng = 100_000, np.random.default_rng(0)
    dataset = make_dataset(0)
    true = rng.integers(0, 2000, n)
    pred = np.where(rng.random(n) < 0.9, true, rng.integers(0, 5000, n))
    collection = dataset._sample_collection
    collection.insert_many(
        {
            "filepath": f"/nowhere/{i}.png",
            "_media_type": "image",
            "_rand": i / n,
            "tags": [],
            "kind": {"_cls": "Classification", "label": f"k{true[i]}"},
            "cluster": {"_cls": "Classification", "label": f"c{pred[i]}"},
        }
        for i in range(n)
    )
    for name in ("kind", "cluster"):
        info = {"method": "autolabel/gcn", "run_key": "cluster"}
        kind = fo.EmbeddedDocumentField
        dataset.add_sample_field(name, kind, embedded_doc_type=fo.Classification, info=info)
    config = {"status": "complete", "cluster_field": "cluster", "path": "cluster"}
    plugin_part("operators.data.records").register(
        dataset, "cluster", config | {"patches_field": None}
    )
    start = time.process_time()
    report = evaluation.evaluate_clusters(dataset, label_field="kind")
    assert time.process_time() - start < 20
    assert report.scores["n_images"] == n
    expected = evaluate(true, pred).as_dict()
    assert {name: report.scores[name] for name in expected} == pytest.approx(expected)
