"""Does what `python -m gcn cluster|train|evaluate` was asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import ClusterResult, Scores, cluster, evaluate, load_model, train
from ..runtime.atomic import replacing, write_array
from .interrupts import INTERRUPTED
from .parser import BAD_INPUT, fail
from .progress_bar import progress_bar


def run(options: argparse.Namespace) -> int:
    """Runs one command, and tells in one line what went wrong.

    Args:
        options: From `command_line.parse`.

    Returns:
        The exit code: 0 done, 2 wrong input, 130 interrupted.
    """
    try:
        _COMMANDS[options.command](options)
    except KeyboardInterrupt:
        work_dir = getattr(options, "work_dir", None)
        kept = f"the same command goes on from '{work_dir}'" if work_dir else "nothing was written"
        fail(f"interrupted; {kept}")
        return INTERRUPTED
    except (MemoryError, OSError, TypeError, ValueError) as error:
        fail(str(error) or "out of memory")
        return BAD_INPUT
    return 0


def _cluster(options: argparse.Namespace) -> None:
    out = _writable(options.out, (options.features, options.model))
    features = _read_features(options.features)
    model = load_model(options.model)
    with progress_bar() as progress:
        result = cluster(
            features,
            model,
            k=options.k,
            seed=options.seed,
            progress=progress,
            device=options.device,
            work_dir=options.work_dir,
            num_clusters=options.num_clusters,
        )
    with replacing(out) as file:
        write_array(file, result.labels)
    for warning in result.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    _print_clusters(result)
    sys.stdout.write(f"labels written to {options.out}\n")


def _train(options: argparse.Namespace) -> None:
    out = _writable(options.out, (options.features, options.labels))
    features = _read_features(options.features)
    labels = _read_labels(options.labels)
    base = load_model(options.base) if options.base is not None else None
    with progress_bar() as progress:
        model = train(features, labels, base=base, seed=options.seed, progress=progress)
    model.save(out)
    known = labels[labels >= 0]
    sys.stdout.write(
        f"trained on {len(known):,} images of {len(np.unique(known)):,} classes\n"
        f"model {model.sha256[:12]} written to {options.out}\n"
    )


def _evaluate(options: argparse.Namespace) -> None:
    _print_scores(evaluate(_read_labels(options.labels), _read_labels(options.predicted)))


def _print_clusters(result: ClusterResult) -> None:
    assigned = result.labels[result.labels >= 0]
    sizes = np.bincount(assigned)
    sys.stdout.write(
        f"{_number(len(result.labels), 'image')} in {_number(len(sizes), 'cluster')}; largest "
        f"{sizes.max(initial=0):,}, of one image {(sizes == 1).sum():,}\n"
    )
    for stage in result.stages:
        counts = [f"{name} {count:,}" for name, count in stage.counts.items()]
        thresholds = [f"{name} {value:.3g}" for name, value in stage.thresholds.items()]
        details = ", ".join(counts + thresholds)
        sys.stdout.write(f"  {stage.name:<18} {stage.seconds:8.2f} s  {details}\n")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _print_scores(scores: Scores) -> None:
    for name, value in scores.as_dict().items():
        text = f"{value:.4f}" if isinstance(value, float) else f"{value:,}"
        sys.stdout.write(f"{name:<20} {text:>12}\n")


def _read_features(path: str) -> npt.NDArray[Any]:
    features = _read_array(path)
    if features.ndim != 2 or features.dtype.kind not in "fiu":
        raise ValueError(
            f"'{path}' must hold numbers of shape (N, D), one row per image "
            f"(got {features.dtype}, shape {features.shape})"
        )
    return features


def _read_labels(path: str) -> npt.NDArray[Any]:
    labels = _read_array(path)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"'{path}' must hold integers of shape (N,), one per image "
            f"(got {labels.dtype}, shape {labels.shape})"
        )
    return labels


def _read_array(path: str) -> npt.NDArray[Any]:
    """Maps an .npy file into memory; no pickled object in it can run."""
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file '{path}'") from None
    except OSError as error:
        raise OSError(f"'{path}' cannot be read ({error.strerror or error})") from error
    except (OverflowError, ValueError) as error:
        raise ValueError(
            f"'{path}' is no complete .npy file of plain numbers: it is damaged, of another "
            "format, or holds Python objects; write it with numpy.save"
        ) from error


def _writable(out: str, inputs: Sequence[str | None]) -> Path:
    """Finds fault with an output path before hours of work, not after."""
    path = Path(out).resolve()
    if path.is_dir():
        raise IsADirectoryError(f"--out must name a file ('{out}' is a folder)")
    if path.exists() and not path.is_file():
        # What is written takes the place of what was there, which may be everybody's /dev/null.
        raise ValueError(f"--out must name a file ('{out}' is a device or a pipe)")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder of --out does not exist ('{path.parent}')")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"the folder of --out may not be written to ('{path.parent}')")
    if any(path == Path(name).resolve() for name in inputs if name is not None):
        raise ValueError(f"--out must differ from the inputs (got '{out}' twice)")
    return path


_COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "cluster": _cluster,
    "train": _train,
    "evaluate": _evaluate,
}
