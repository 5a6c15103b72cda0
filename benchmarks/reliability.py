"""How often a confidence is right: `python -m benchmarks.reliability --data DIR`.

For each set: how many images of each confidence are of the class that most of their cluster is of
(an image alone in its cluster: whether no other image is of its class), and the same for clusters,
whose confidence should be their purity. The expected calibration error is the mean gap between the
two, over ten bins of confidence. DIR is as for `benchmarks.quality`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

import gcn
from gcn.networks.calibration import expected_calibration_error

from .sets import BenchmarkSet, find_sets

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

NUM_BINS = 10


class Reliability(NamedTuple):
    """Confidence against truth, for the images or the clusters of one set.

    Attributes:
        name: Of the set and its part.
        of: "images" or "clusters".
        confidence: Mean confidence by bin, NaN where a bin is empty, shape (NUM_BINS,).
        right: Share that was right by bin, NaN where a bin is empty, shape (NUM_BINS,).
        share: Of all images in each bin, shape (NUM_BINS,).
        error: Expected calibration error.
    """

    name: str
    of: str
    confidence: NDArray[np.float64]
    right: NDArray[np.float64]
    share: NDArray[np.float64]
    error: float


def is_right(labels_true: Int64, labels_pred: Int64) -> NDArray[np.bool_]:
    """Which images are where they belong.

    Args:
        labels_true: Classes from 0, shape (N,).
        labels_pred: Clusters from 0, shape (N,).

    Returns:
        True where an image is of the commonest class of its cluster, or alone in its cluster and
        the only one of its class, shape (N,).
    """
    counts = csr_array((np.ones(len(labels_true)), (labels_pred, labels_true)))
    commonest = np.asarray(counts.argmax(1)).ravel()
    right = commonest[labels_pred] == labels_true
    alone = np.bincount(labels_pred)[labels_pred] == 1
    right[alone] = np.bincount(labels_true)[labels_true][alone] == 1
    return right


def reliability(
    name: str, of: str, confidence: Float32, right: Float32, weights: Float32
) -> Reliability:
    """Bins confidences and compares them with what was right.

    Args:
        name: Of the set.
        of: "images" or "clusters".
        confidence: In [0, 1], shape (N,).
        right: 0 or 1, or the share that was right, shape (N,).
        weights: Images that each stands for, shape (N,).
    """
    bins = np.minimum((confidence * NUM_BINS).astype(np.int64), NUM_BINS - 1)
    total = np.bincount(bins, weights, NUM_BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(bins, weights * confidence, NUM_BINS) / total
        found = np.bincount(bins, weights * right, NUM_BINS) / total
    error = expected_calibration_error(confidence, right, weights, NUM_BINS)
    return Reliability(name, of, mean, found, total / total.sum(), error)


def measure(name: str, data: BenchmarkSet, model: gcn.Model) -> list[Reliability]:
    """Clusters one set and compares the confidences of its images and clusters with the truth."""
    result = gcn.cluster(data.embeddings, model)
    labels = np.unique(data.labels, return_inverse=True)[1]
    right = is_right(labels, result.labels).astype(np.float32)
    sizes = np.bincount(result.labels).astype(np.float32)
    purity = (np.bincount(result.labels, right) / sizes).astype(np.float32)
    ones = np.ones(len(right), np.float32)
    return [
        reliability(name, "images", result.confidence, right, ones),
        reliability(name, "clusters", result.cluster_confidence, purity, sizes),
    ]


def curve(found: Reliability) -> str:
    """One line: the share that was right in each bin of confidence, and the error."""
    cells = ["    - " if np.isnan(value) else f"{value:6.2f}" for value in found.right]
    return f"{found.name:<24}{found.of:<9}{''.join(cells)}{found.error:9.3f}"


def heading() -> str:
    """The line above those of `curve`."""
    bins = "".join(f"{(at + 0.5) / NUM_BINS:6.2f}" for at in range(NUM_BINS))
    return f"{'confidence':<33}{bins}{'error':>9}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a curve for each set, and saves them."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of .npz files")
    parser.add_argument(
        "--sets", type=lambda text: text.split(","), help="names with commas; default: all"
    )
    parser.add_argument("--model", help="a checkpoint; default: the shipped one")
    parser.add_argument("--json", type=Path, help="also write the curves to this file")
    options = parser.parse_args(arguments)
    model = gcn.load_model(options.model)
    rows: list[Reliability] = []
    print(heading())
    for paths in find_sets(options.data, options.sets):
        for part, data in paths.parts().items():
            if part != "train":
                rows += measure(f"{paths.name} {part}", data, model)
                print(curve(rows[-2]), curve(rows[-1]), sep="\n", flush=True)
    for of in ("images", "clusters"):
        errors = [row.error for row in rows if row.of == of]
        print(f"mean error of {of} over {len(errors)} sets: {np.mean(errors):.3f}")
    if options.json is not None:
        options.json.write_text(json.dumps([_plain(row) for row in rows], indent=1) + "\n")


def _plain(row: Reliability) -> dict[str, object]:
    lists = {
        name: [None if np.isnan(value) else float(value) for value in getattr(row, name)]
        for name in ("confidence", "right", "share")
    }
    return {"name": row.name, "of": row.of, "error": row.error, **lists}


if __name__ == "__main__":
    main()
