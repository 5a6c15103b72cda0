"""Clusters, trains and scores from a shell: `python -m gcn cluster|train|evaluate`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from . import ClusterResult, Scores, cluster, evaluate, load_model, train
from .atomic import replacing, write_array
from .progress_bar import progress_bar

BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count


class _Parser(argparse.ArgumentParser):
    """Reports a wrong option in one line, as every other error here."""

    def error(self, message: str) -> NoReturn:
        _fail(f"{message}; see {self.prog} --help")
        raise SystemExit(BAD_INPUT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: Words of the command line without the program; None for those
            of this process.

    Returns:
        The exit code: 0 done, 2 wrong input, 130 interrupted.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except KeyboardInterrupt:
        work_dir = getattr(options, "work_dir", None)
        kept = f"the same command goes on from '{work_dir}'" if work_dir else "nothing was written"
        _fail(f"interrupted; {kept}")
        return INTERRUPTED
    except (MemoryError, OSError, TypeError, ValueError) as error:
        _fail(str(error) or "out of memory")
        return BAD_INPUT
    return 0


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m gcn",
        description="Cluster images by their embeddings with two graph networks.",
    )
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    _add_cluster(commands)
    _add_train(commands)
    _add_evaluate(commands)
    return parser


def _add_cluster(commands: Any) -> None:
    parser = commands.add_parser(
        "cluster",
        help="embeddings to cluster ids",
        description="Write one cluster id per row: 0 is the largest cluster, -1 is none.",
    )
    _add_features(parser)
    parser.add_argument("--out", required=True, help="the .npy file to write, int64, (N,)")
    parser.add_argument("--model", help="a checkpoint; default: the one that ships")
    parser.add_argument("--k", type=int, help="neighbors per image; default: 80, or N - 1 if less")
    parser.add_argument(
        "--work-dir", help="a folder that keeps finished stages: run again to go on from there"
    )
    parser.add_argument("--device", help="where torch works, such as cuda; default: the CPU")
    _add_seed(parser)
    parser.set_defaults(run=_cluster)


def _add_train(commands: Any) -> None:
    parser = commands.add_parser(
        "train",
        help="labelled embeddings to a checkpoint",
        description="Train both networks on labelled embeddings and write a checkpoint.",
    )
    _add_features(parser)
    parser.add_argument("labels", help="an .npy file of classes, integers, (N,); -1 is unknown")
    parser.add_argument("--out", required=True, help="the checkpoint to write")
    parser.add_argument("--base", help="a checkpoint to start from; default: from scratch")
    _add_seed(parser)
    parser.set_defaults(run=_train)


def _add_evaluate(commands: Any) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="cluster ids and classes to scores",
        description="Print pairwise and BCubed scores, NMI, ARI and counts.",
    )
    parser.add_argument("labels", help="an .npy file of classes, integers, (N,); -1 is unknown")
    parser.add_argument("predicted", help="an .npy file of cluster ids, integers, (N,); -1 is none")
    parser.set_defaults(run=_evaluate)


def _add_features(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("features", help="an .npy file of embeddings, (N, D), float16 and up")


def _add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="same seed, same result; default: 0")


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
        f"{len(result.labels):,} images in {len(sizes):,} clusters; largest "
        f"{sizes.max(initial=0):,}, of one image {(sizes == 1).sum():,}\n"
    )
    for stage in result.stages:
        counts = [f"{name} {count:,}" for name, count in stage.counts.items()]
        thresholds = [f"{name} {value:.3g}" for name, value in stage.thresholds.items()]
        details = ", ".join(counts + thresholds)
        sys.stdout.write(f"  {stage.name:<18} {stage.seconds:8.2f} s  {details}\n")


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


def _read_labels(path: str) -> npt.NDArray[np.int64]:
    labels = _read_array(path)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"'{path}' must hold integers of shape (N,), one per image "
            f"(got {labels.dtype}, shape {labels.shape})"
        )
    return np.asarray(labels, np.int64)


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
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder of --out does not exist ('{path.parent}')")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"the folder of --out may not be written to ('{path.parent}')")
    if any(path == Path(name).resolve() for name in inputs if name is not None):
        raise ValueError(f"--out must differ from the inputs (got '{out}' twice)")
    return path


def _fail(message: str) -> None:
    sys.stderr.write(f"error: {' '.join(message.split())}\n")


if __name__ == "__main__":
    raise SystemExit(main())
