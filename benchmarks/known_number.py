"""What it is worth to know the number of classes: `python -m benchmarks.known_number --data DIR`.

Clusters every set of at most 300 classes without a number, with the true one, and with a wrong one:
half and twice as many. Beside that stand methods that have to be told the number. The table has the
mean of BCubed F and pairwise F over sets of few, more and many classes, over classes put together
with the one most like them ("small, 2": what is to be split in a review), and over small sets drawn
from all of them as in `benchmarks.small_sets`. Folders are as for `benchmarks.doubt`.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import KMeans, SpectralClustering

import gcn

from .peer_vectors import euclidean_distances
from .sets import BenchmarkSet, whole_sets
from .small_sets import draw_all

Method = Callable[[BenchmarkSet, Sequence[int]], Iterator[NDArray[np.int64]]]

FEW, MORE, MANY = 12, 60, 300
"""Classes."""
SHARES = {"half as many": 0.5, "the true number": 1.0, "twice as many": 2.0}
WITHOUT = "ours, no number"
_NEIGHBORS = 10
_FEWEST_IMAGES, _MOST_IMAGES, _MIXTURES = 8, 1500, 12
"""Of a class that is put together with another one; of both; and how many of a set."""


def ours(
    model: gcn.Model, data: BenchmarkSet, numbers: Sequence[int]
) -> Iterator[NDArray[np.int64]]:
    """Our clusters, joined to a number."""
    for number in numbers:
        yield gcn.cluster(data.embeddings, model, num_clusters=number).labels


def spectral(data: BenchmarkSet, numbers: Sequence[int]) -> Iterator[NDArray[np.int64]]:
    """Normalized cuts of the graph of ten neighbors."""
    for number in numbers:
        method = SpectralClustering(
            number,
            affinity="nearest_neighbors",
            n_neighbors=_NEIGHBORS,
            assign_labels="cluster_qr",
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where the graph is in several pieces
            yield method.fit(data.embeddings).labels_.astype(np.int64)


def kmeans(data: BenchmarkSet, numbers: Sequence[int]) -> Iterator[NDArray[np.int64]]:
    """k-means, from three starts."""
    for number in numbers:
        method = KMeans(number, n_init=3, max_iter=100, random_state=0)
        yield method.fit(data.embeddings).labels_.astype(np.int64)


def linkage_of(
    kind: str, data: BenchmarkSet, numbers: Sequence[int]
) -> Iterator[NDArray[np.int64]]:
    """Hierarchical clustering of all images; of the average, by cosines."""
    distances = euclidean_distances(data.embeddings)
    if kind == "average":
        distances = np.square(distances) / 2.0
    tree = linkage(squareform(distances, checks=False), kind)
    for number in numbers:
        yield fcluster(tree, number, "maxclust").astype(np.int64)


def methods(model: gcn.Model) -> dict[str, Method]:
    """What is compared, by name."""
    return {
        "ours": partial(ours, model),
        "spectral clustering": spectral,
        "k-means": kmeans,
        "Ward linkage": partial(linkage_of, "ward"),
        "average linkage": partial(linkage_of, "average"),
    }


def group_of(data: BenchmarkSet) -> str:
    """The column of a whole set."""
    number = num_classes(data)
    return f"to {FEW}" if number <= FEW else f"to {MORE}" if number <= MORE else f"to {MANY}"


def num_classes(data: BenchmarkSet) -> int:
    """How many classes there are in truth."""
    return len(np.unique(data.labels))


def mixtures(data: BenchmarkSet, rng: np.random.Generator) -> Iterator[BenchmarkSet]:
    """Some classes, each together with the one whose mean is most like its own."""
    known, counts = np.unique(data.labels[data.labels >= 0], return_counts=True)
    known = known[counts >= _FEWEST_IMAGES]
    if len(known) < 2:
        return
    means = np.stack([data.embeddings[data.labels == each].mean(0) for each in known])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    alike = means @ means.T
    np.fill_diagonal(alike, -np.inf)
    for one in rng.permutation(len(known))[:_MIXTURES]:
        rows = np.flatnonzero(np.isin(data.labels, known[[one, int(alike[one].argmax())]]))
        if len(rows) <= _MOST_IMAGES:
            yield BenchmarkSet(f"{data.name}, 2", data.embeddings[rows], data.labels[rows])


def find_all(folders: Sequence[Path], seeds: int) -> Iterator[tuple[str, BenchmarkSet]]:
    """Whole sets of at most 300 classes, and what is drawn from all, each with its column."""
    for data in whole_sets(folders):
        if num_classes(data) <= MANY:
            yield group_of(data), data
        for seed in range(seeds):
            for mixture in mixtures(data, np.random.default_rng(seed)):
                yield "small, 2", mixture
            for (classes, _), small in draw_all(data, np.random.default_rng(seed)):
                yield f"small, {classes}", small


def score(data: BenchmarkSet, model: gcn.Model, compared: Mapping[str, Method]) -> dict[str, float]:
    """Mean F of all methods at all numbers, by name."""
    number, most = num_classes(data), len(data.labels) // 2
    told = [min(max(2, round(share * number)), most) for share in SHARES.values()]
    found = {WITHOUT: gcn.cluster(data.embeddings, model).labels}
    for name, method in compared.items():
        for words, labels in zip(SHARES, method(data, told), strict=True):
            found[f"{name}, {words}"] = labels
    return {name: gcn.evaluate(data.labels, labels).mean_f for name, labels in found.items()}


def table(found: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Means by method and column.

    Args:
        found: Scores of each set, by column.
    """
    columns = [*found, "all"]
    rows = dict(found) | {"all": [each for scores in found.values() for each in scores]}
    names = list(rows["all"][0])
    width = max(map(len, names))
    lines = [f"{'classes':{width}}" + "".join(f"{column:>11}" for column in columns)]
    for name in names:
        means = (np.mean([each[name] for each in rows[column]]) for column in columns)
        lines.append(f"{name:{width}}" + "".join(f"{mean:11.3f}" for mean in means))
    counts = "".join(f"{len(rows[column]):11d}" for column in columns)
    return "\n".join([*lines, f"{'sets':{width}}{counts}"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a line for each whole set, and the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.known_number",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of sets")
    parser.add_argument("--model", help="a checkpoint; default: the shipped one")
    parser.add_argument("--seeds", type=int, default=1, help="small sets of each shape and source")
    parser.add_argument("--no-peers", action="store_true", help="only the model")
    options = parser.parse_args(arguments)
    model = gcn.load_model(options.model)
    compared = methods(model)
    if options.no_peers:
        compared = {"ours": compared["ours"]}
    found: dict[str, list[dict[str, float]]] = {}
    for column, data in find_all(options.data, options.seeds):
        scores = score(data, model, compared)
        found.setdefault(column, []).append(scores)
        if not column.startswith("small"):
            told = scores["ours, the true number"]
            print(
                f"{data.name}: {num_classes(data)} classes, {scores[WITHOUT]:.3f}, told {told:.3f}",
                flush=True,
            )
    if not found:
        raise SystemExit(f"no set has at most {MANY} classes; give other folders")
    print(table(dict(sorted(found.items(), key=_place))))


def _place(column: tuple[str, object]) -> tuple[bool, int]:
    """Whole sets first, few classes first."""
    name = column[0]
    return name.startswith("small"), int(name.split()[-1])


if __name__ == "__main__":
    main()
