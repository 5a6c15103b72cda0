"""What the pooling of the shipped network is worth: `python -m benchmarks.pooling --images DIR`.

DIR holds photographs as `<class>/<file>`. With `--packages`, where `benchmarks.kinds` keeps what it
fetched, its pictures are embedded as well. Each network output is pooled in four ways: by the mean,
by squares (the root of the mean square), by weights (the mean, where a place counts by the length
of its features), and by both, which is what the plugin does. The table has, for each, how often the
nearest neighbor is of the same class, and the mean of BCubed F and pairwise F of our clusters and
of Infomap's on the ten nearest neighbors.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

import gcn
from gcn.graph.knn_graph import unit_rows
from gcn.images.backbone import SIZE, Backbone
from gcn.images.decoding import read_square
from gcn.images.pooling import pooled, weighted_generalized_mean

from .kinds.__main__ import PICTURES, Maker, nearest_shares
from .kinds.pictures import Pictures
from .peer_graphs import run_infomap
from .sets import BenchmarkSet

PHOTOGRAPHS = "photographs"
SETS = ("scenes", "object_kinds", "marks", "icons", "figures", "cuttings")
_BATCH = 8


def by_squares(features: Tensor) -> Tensor:
    """The root of the mean square over all places, (B, D, H, W) to (B, D)."""
    return features.square().mean((2, 3)).sqrt()


def by_weights(features: Tensor) -> Tensor:
    """The mean, where a place counts by the length of its features, (B, D, H, W) to (B, D)."""
    weights = features.norm(dim=1, keepdim=True)
    return (features * weights).sum((2, 3)) / weights.sum((2, 3)).clamp(min=1e-12)


WAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda features: pooled(features, "mean"),
    "squares": by_squares,
    "weights": by_weights,
    "both": weighted_generalized_mean,
}


@torch.inference_mode()
def embed(pixels: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Embeds pictures, shape (N, side, side, 3), in all ways: unit rows of shape (N, 1280)."""
    network = Backbone().network
    found: dict[str, list[Tensor]] = {way: [] for way in WAYS}
    for first in tqdm(range(0, len(pixels), _BATCH), "Embedding", leave=False):
        batch = np.stack([_scaled(each) for each in pixels[first : first + _BATCH]])
        x = torch.from_numpy(batch).permute(0, 3, 1, 2).float().sub_(127).div_(128)
        features = network.extract_features(x)
        for way, pool in WAYS.items():
            found[way].append(pool(features))
    return {way: unit_rows(torch.cat(parts).numpy()) for way, parts in found.items()}


def photographs(folder: Path) -> Pictures:
    """Reads `<class>/<file>` as the plugin does."""
    files = sorted(file for file in folder.glob("*/*") if file.is_file())
    if not files:
        raise SystemExit(f"no '<class>/<file>' in {folder}")
    _, labels = np.unique([file.parent.name for file in files], return_inverse=True)
    return Pictures(np.stack([read_square(str(file), SIZE) for file in files]), labels)


def score(name: str, pictures: Pictures) -> list[dict[str, str | float]]:
    """Scores all ways on one set; a row for each."""
    rows: list[dict[str, str | float]] = []
    for way, embeddings in embed(pictures.pixels).items():
        data = BenchmarkSet(name, embeddings, pictures.labels)
        ours = gcn.evaluate(data.labels, gcn.cluster(embeddings).labels)
        theirs = gcn.evaluate(data.labels, run_infomap(data, (10, -1.0)))
        nearest, _ = nearest_shares(embeddings, pictures.labels)
        rows.append(
            {
                "set": name,
                "pooling": way,
                "recall@1": nearest,
                "ours": ours.mean_f,
                "pairwise precision": ours.pairwise_precision,
                "infomap": theirs.mean_f,
            }
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Scores set by set; prints a row for each way, the means, and keeps all scores."""
    options = _parse(arguments)
    print(f"{'set':14} {'pooling':8} {'recall@1':>8} {'ours':>6} {'pP':>5} {'infomap':>8}")
    rows: list[dict[str, str | float]] = []
    for name in (PHOTOGRAPHS, *(options.sets if options.packages else ())):
        if name == PHOTOGRAPHS:
            pictures = photographs(options.images)
        else:
            pictures = Maker(options.packages, options.images).pictures(name)
        found = score(name, pictures)
        rows += found
        for row in found:
            print(
                f"{name:14} {row['pooling']:8} {row['recall@1']:8.3f} {row['ours']:6.3f}"
                f" {row['pairwise precision']:5.2f} {row['infomap']:8.3f}",
                flush=True,
            )
    for way in WAYS:
        of_way = [row for row in rows if row["pooling"] == way]
        means = [np.mean([float(row[key]) for row in of_way]) for key in ("ours", "infomap")]
        print(f"mean of {len(of_way)}: {way:8} ours {means[0]:.3f}, Infomap {means[1]:.3f}")
    if options.json:
        options.json.write_text(json.dumps(rows) + "\n")


def _scaled(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(picture) == SIZE:
        return picture
    return np.asarray(cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR), np.uint8)


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(PICTURES):
        raise argparse.ArgumentTypeError(f"no such pictures: {', '.join(sorted(unknown))}")
    return names


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pooling", description=__doc__)
    parser.add_argument("--images", type=Path, required=True, help="folder of <class>/<file>")
    parser.add_argument("--packages", type=Path, help="what benchmarks.kinds has fetched")
    parser.add_argument("--sets", type=_names, default=SETS, help="pictures, with commas between")
    parser.add_argument("--json", type=Path, help="file for all scores")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
