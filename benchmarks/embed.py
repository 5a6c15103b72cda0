"""Times the embedding of real photographs against the bare network and against FiftyOne.

    python -m benchmarks.embed --images FOLDER [--limit N] [--rounds 2] [--json FILE]

All with the same network and the same files, in one run: what counts is the ratio. The bare network
has its pixels in memory, runs the faster of two ways with its best batch size, and is the limit.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from benchmarks.app_dataset import part
from benchmarks.embed_ways import (
    FiftyOnes,
    Halved,
    Network,
    batch_per_core,
    layer_by_layer,
    neighbors_kept,
)
from gcn.images.backbone import SIZE, Backbone, load_backbone
from gcn.images.decoding import read_square
from gcn.images.embedding import embed_images
from tools.served import served

if TYPE_CHECKING:
    import fiftyone as fo

BLOCK = 400
"""Images that each way takes before the next has its turn, about."""
BUDGET = 0.9
"""Share of the bare network's images per second that must be reached."""
BARE, FILES, DATABASE, FIFTYONE = (
    "bare network, pixels in memory",
    "embed_images: files to vectors",
    "compute_embeddings: files to database",
    "FiftyOne's compute_embeddings",
)
_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_TRIED = 128


@dataclass(frozen=True)
class Row:
    """One way of embedding."""

    what: str
    """Its name."""
    rates: list[float]
    """Images per second, each time."""
    ratios: list[float]
    """The same over that of the bare network at the same time and with the same images."""


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a table; ends with an error if the budget is not kept."""
    parser = argparse.ArgumentParser(
        description="Times the embedding of photographs against the bare network and FiftyOne."
    )
    parser.add_argument("--images", type=Path, required=True, help="folder, with all sub-folders")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path, help="where the figures go besides")
    args = parser.parse_args(argv)
    paths = find_images(args.images)[: args.limit]
    if len(paths) < 2:
        parser.error(f"'{args.images}' holds fewer than 2 images; give a folder with more")
    result = measure(paths, args.rounds)
    print(report(result))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=2))
    missed = [r["what"] for r in result["rows"] if r["what"] in (FILES, DATABASE) and _misses(r)]
    if missed:
        raise SystemExit(f"Below {BUDGET:.0%} of the bare network: {', '.join(missed)}")


def _misses(row: dict[str, Any]) -> bool:
    return float(np.median(row["ratios"])) < BUDGET


def find_images(folder: Path) -> list[str]:
    """Lists the images of a folder and its sub-folders.

    Args:
        folder: The folder.

    Returns:
        Their paths, sorted.
    """
    return sorted(str(p) for p in folder.rglob("*") if p.suffix.lower() in _ENDINGS)


def measure(paths: list[str], rounds: int) -> dict[str, Any]:
    """Times all ways on all images.

    Args:
        paths: The images.
        rounds: How often.

    Returns:
        Plain values: `images`, `bare` (the fastest way), `reading` (milliseconds), `rows` and
        `halved`.
    """
    begun = time.perf_counter()
    pixels = torch.from_numpy(np.stack([read_square(path, SIZE) for path in paths]))
    reading = 1000 * (time.perf_counter() - begun) / len(paths)
    network = load_backbone(torch.device("cpu"))
    name, bare = fastest(network, pixels)
    with tempfile.TemporaryDirectory(prefix="autolabel-embed-") as folder, served(Path(folder)):
        dataset = make_dataset(paths)
        try:
            ids = dataset.values("id")
            theirs = FiftyOnes(Backbone(), "theirs", batch_size=16)
            compute = part("embedding.embeddings").compute_embeddings
            ways: dict[str, Callable[[slice], Any]] = {
                BARE: lambda block: bare(network, pixels[block]),
                FILES: lambda block: embed_images(paths[block]),
                DATABASE: lambda block: compute(dataset.select(ids[block])),
                FIFTYONE: lambda block: theirs.embed(dataset.select(ids[block])),
            }
            rows = compare(ways, len(paths), rounds)
        finally:
            dataset.delete()
    return {
        "images": len(paths),
        "bare": name,
        "reading_ms": reading,
        "budget": BUDGET,
        "rows": [asdict(row) for row in rows],
        "bfloat16": measure_halved(network, bare, pixels),
    }


def fastest(network: Network, pixels: torch.Tensor) -> tuple[str, Callable[..., Any]]:
    """Finds the fastest way to run the network on some of the images.

    Args:
        network: The network.
        pixels: Shape (N, 224, 224, 3), uint8.

    Returns:
        Its name, and a function of network and pixels.
    """
    some = pixels[:_TRIED]
    ways = {"a batch per core": batch_per_core, "all cores on a layer": layer_by_layer}
    tried: dict[str, Callable[..., Any]] = {
        f"{name}, {size} images": partial(way, batch_size=size)
        for name, way in ways.items()
        for size in (2, 4, 8, 16, 32)
    }
    # In turns and the shortest of several: a limit that a slow moment hid would flatter the rest.
    rounds = [{name: _time(way, network, some) for name, way in tried.items()} for _ in range(4)]
    seconds = {name: min(times[name] for times in rounds) for name in tried}
    best = min(seconds, key=lambda name: seconds[name])
    return best, tried[best]


def _time(action: Callable[..., Any], *args: Any) -> float:
    begun = time.perf_counter()
    action(*args)
    return time.perf_counter() - begun


def compare(ways: dict[str, Callable[[slice], Any]], images: int, rounds: int) -> list[Row]:
    """Times ways in turn on some hundred images at a time, so that a slow minute hits all of them.

    Args:
        ways: Functions of the images to embed, by name; the first is the limit.
        images: How many there are.
        rounds: How often each way takes all of them.

    Returns:
        One row each.
    """
    count = max(1, round(images / BLOCK))
    edges = [images * number // count for number in range(count + 1)]
    blocks = [slice(*pair) for pair in pairwise(edges)]
    for way in ways.values():
        way(slice(0, min(16, images)))  # loads what is loaded once
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number, block in enumerate(blocks * rounds):
        names = list(ways)
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            rates[name].append((block.stop - block.start) / _time(ways[name], block))
    limit = rates[next(iter(ways))]
    return [
        Row(name, rate, [own / most for own, most in zip(rate, limit, strict=True)])
        for name, rate in rates.items()
    ]


def measure_halved(
    network: Network, bare: Callable[..., Any], pixels: torch.Tensor
) -> dict[str, float]:
    """Times the network in bfloat16, and compares the neighbors that it gives.

    Args:
        network: The network in float32.
        bare: The fastest way to run it.
        pixels: Shape (N, 224, 224, 3), uint8.

    Returns:
        `speed`, the ratio to float32, and for some k the share of the k nearest neighbors kept.
    """
    halved, some = Halved(), pixels[:_TRIED]
    speed = _time(bare, network, some) / min(_time(bare, halved, some) for _ in range(2))
    exact, other = bare(network, pixels), bare(halved, pixels)
    kept = {f"kept_{k}": neighbors_kept(exact, other, k) for k in (1, 10, 80) if k < len(pixels)}
    return {"speed": speed, **kept}


def make_dataset(paths: list[str]) -> fo.Dataset:
    """Makes a dataset of image files.

    Args:
        paths: The files.

    Returns:
        The dataset.
    """
    import fiftyone as fo

    dataset = fo.Dataset(persistent=True)
    dataset.add_samples([fo.Sample(filepath=path) for path in paths])
    return dataset


def report(result: dict[str, Any]) -> str:
    """Lays out the figures.

    Args:
        result: As `measure` gave it.

    Returns:
        A table and two sentences.
    """
    lines = [f"{result['images']:,} images; the limit is {result['bare']} at a time", ""]
    lines.append(f"{'':<42}{'images/s':>10}{'of the limit':>14}{'budget':>8}")
    for row in result["rows"]:
        budget = f"{BUDGET:.0%}" if row["what"] in (FILES, DATABASE) else ""
        rate, ratio = np.median(row["rates"]), np.median(row["ratios"])
        lines.append(f"{row['what']:<42}{rate:>10.0f}{ratio:>14.1%}{budget:>8}")
    kept = ", ".join(
        f"{share:.1%} of the {name.removeprefix('kept_')} nearest"
        for name, share in result["bfloat16"].items()
        if name.startswith("kept_")
    )
    lines += [
        "",
        f"Reading and scaling alone: {result['reading_ms']:.2f} ms an image on one core.",
        f"In bfloat16 the network is {result['bfloat16']['speed']:.1f} times as fast and keeps "
        f"{kept} neighbors.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
