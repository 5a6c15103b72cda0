"""Scores checkpoints on sets that they have never seen, nor anything like them.

Run as `python -m benchmarks.leave_one_out --data DIR --out DIR`: for each group of sets that share
images or classes it trains a checkpoint on everything else, keeps it in `--out`, and scores it on
the whole of each set of the group. A checkpoint that is there already is not trained again.
`--folds 3` leaves out a third of the groups at a time instead of one: harder, and much sooner done.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import gcn

from .checkpoint import (
    add_training_options,
    sets_of_kinds,
    train_checkpoint,
    training_sets,
    with_judged_thresholds,
)
from .peer import TrialCache
from .peers import all_peers
from .quality import CACHE, measure_ours, measure_peers, save
from .report import BEST, Row, best_peers, table
from .sets import SetPaths, find_sets

GROUPS = {
    "lfw": "lfw",
    "glint": "glint",
    "tiny": "tiny",
    "gtsrb": "gtsrb",
    "digits": "digits",
    "omniglot": "omniglot",
    "letters": "omniglot",
    "east_asian": "omniglot",
    "colored_east_asian": "omniglot",
    "grocery": "grocery",
    "cuttings": "grocery",
    "emoji": "emoji",
    "icon": "emoji",
    "figure": "emoji",
    "turned_figures": "emoji",
}
"""Groups by the beginnings of the names of their sets: those that share images or classes, and what
`benchmarks.kinds` makes of the same kind."""
LEFT_OUT, SHIPPED = "ours, group left out", "ours, shipped"


def group_of(name: str) -> str:
    """Names the group that a set belongs to, which may hold nothing else.

    Args:
        name: Of a set or one of its files, such as "lfw_lowres-train".

    Returns:
        Such as "lfw".
    """
    plain = name.removesuffix("-train").removesuffix("-val")
    return next((group for start, group in GROUPS.items() if plain.startswith(start)), plain)


def by_group(sets: Iterable[SetPaths]) -> dict[str, list[SetPaths]]:
    """Sorts sets into groups."""
    groups: dict[str, list[SetPaths]] = {}
    for paths in sets:
        groups.setdefault(group_of(paths.name), []).append(paths)
    return groups


def left_out_together(groups: Iterable[str], folds: int | None) -> dict[str, list[str]]:
    """Which groups no checkpoint may see while one of them is scored.

    Args:
        groups: Names of all groups.
        folds: Number of folds that they are dealt to in turn; None = each group for itself.

    Returns:
        Groups by the name of what is left out.
    """
    ordered = sorted(groups)
    if folds is None:
        return {group: [group] for group in ordered}
    return {f"fold_{i + 1}_of_{folds}": ordered[i::folds] for i in range(folds)}


def model_without(name: str, groups: Sequence[str], options: argparse.Namespace) -> gcn.Model:
    """Loads the checkpoint that has not seen some groups; trains it if it is not there."""
    path = options.out / f"without_{name}_seed{options.seed}.pt"
    if not path.is_file():
        kinds = sets_of_kinds(options.kinds) if options.kinds else {}
        sets = training_sets(options.data) | kinds
        rest = {name: labeled for name, labeled in sets.items() if group_of(name) not in groups}
        _note(f"training without {', '.join(groups)}: {len(rest)} of {len(sets)} sets")
        kept = gcn.load_model(str(options.gcn_v / path.name)).gcn_v if options.gcn_v else None
        model = train_checkpoint(rest, options, kept, kinds)
        seen = partial(_is_seen, groups)
        with_judged_thresholds(model, options.data, seen).save(path)
    return gcn.load_model(str(path))


def measure_group(
    sets: Sequence[SetPaths], left_out: gcn.Model, shipped: gcn.Model, cache: TrialCache | None
) -> list[Row]:
    """Scores both models, and the peers unless `cache` is None, on the whole of each set."""
    rows: list[Row] = []
    for paths in sets:
        parts = paths.parts()
        rows += measure_ours(parts, ["all"], {"": left_out}, LEFT_OUT)
        rows += measure_ours(parts, ["all"], {"": shipped}, SHIPPED)
        if cache is not None:
            rows += measure_peers(parts, ["all"], all_peers(), cache)
    return rows


def verdicts(rows: Sequence[Row]) -> str:
    """Says by set how far the left-out model is above or below the best peer at its best."""
    best = best_peers(rows, "all", BEST)
    lines = [
        f"{row.dataset:<20} {row.scores.mean_f:.3f} against {best[row.dataset]:.3f}"
        f" ({row.scores.mean_f - best[row.dataset]:+.3f}),"
        f" pairwise precision {row.scores.pairwise_precision:.2f}"
        for row in rows
        if row.method == LEFT_OUT and row.dataset in best
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, measures, prints and saves, group by group."""
    options = _parse(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    shipped = gcn.load_model()
    models = {"shipped": shipped}
    rows: list[Row] = []
    cache = None if options.no_peers else TrialCache(options.cache)
    wanted = by_group(find_sets(options.data, options.sets))
    everything = by_group(find_sets(options.data))
    for name, groups in left_out_together(everything, options.folds).items():
        sets = [paths for group in groups for paths in wanted.get(group, [])]
        if not sets:
            continue
        models[name] = model_without(name, groups, options)
        rows += measure_group(sets, models[name], shipped, cache)
        save(options.out / "leave_one_out.json", rows, models)
    print(table(rows, "all"), verdicts(rows), sep="\n\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.leave_one_out", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of .npz files")
    parser.add_argument(
        "--kinds",
        type=Path,
        help="made by benchmarks.kinds, to learn from as well",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and scores")
    parser.add_argument(
        "--sets", type=lambda text: text.split(","), help="names with commas; default: all"
    )
    parser.add_argument(
        "--folds", type=int, help="leave out such a share of the groups at a time, not one group"
    )
    parser.add_argument(
        "--gcn-v", type=Path, help="folder of an earlier --out, whose GCN-V are kept as they are"
    )
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder for the peers' scores")
    add_training_options(parser)
    return parser.parse_args(arguments)


def _is_seen(left_out: Sequence[str], name: str) -> bool:
    return group_of(name) not in left_out


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
