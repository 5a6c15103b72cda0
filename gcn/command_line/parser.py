"""What `python -m gcn` understands: quick to import, so that help and slips need no wait."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

BAD_INPUT = 2
"""Exit code."""


class _Parser(argparse.ArgumentParser):
    """Reports a wrong option in one line, as every other error here."""

    def error(self, message: str) -> NoReturn:
        fail(f"{message}; see {self.prog} --help")
        raise SystemExit(BAD_INPUT)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads the words of a command line.

    Args:
        arguments: Without the program; None for those of this process.

    Returns:
        The options; `command` is the name of the command.

    Raises:
        SystemExit: They are wrong, or ask for help.
    """
    return _parser().parse_args(arguments)


def fail(message: str) -> None:
    """Writes an error in one line."""
    sys.stderr.write(f"error: {' '.join(message.split())}\n")


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
    parser.add_argument(
        "--num-clusters", type=int, help="about how many there are; default: found by itself"
    )
    parser.add_argument(
        "--k", type=int, help="neighbors per image; default: 80, fewer for small sets"
    )
    parser.add_argument(
        "--work-dir", help="a folder that keeps finished stages: run again to go on from there"
    )
    parser.add_argument("--device", help="where torch works, such as cuda; default: the CPU")
    _add_seed(parser, "only recorded, for nothing is drawn at random; default: 0")


def _add_train(commands: Any) -> None:
    parser = commands.add_parser(
        "train",
        help="labeled embeddings to a checkpoint",
        description="Train both networks on labeled embeddings and write a checkpoint.",
    )
    _add_features(parser)
    parser.add_argument("labels", help="an .npy file of classes, integers, (N,); -1 is unknown")
    parser.add_argument("--out", required=True, help="the checkpoint to write")
    parser.add_argument("--base", help="a checkpoint to start from; default: from scratch")
    _add_seed(parser, "same seed, same model on the same machine; default: 0")


def _add_evaluate(commands: Any) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="cluster ids and classes to scores",
        description="Print pairwise and BCubed scores, NMI, ARI and counts.",
    )
    parser.add_argument("labels", help="an .npy file of classes, integers, (N,); -1 is unknown")
    parser.add_argument("predicted", help="an .npy file of cluster ids, integers, (N,); -1 is none")


def _add_features(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("features", help="an .npy file of embeddings, (N, D), float16 and up")


def _add_seed(parser: argparse.ArgumentParser, about: str) -> None:
    parser.add_argument("--seed", type=int, default=0, help=about)
