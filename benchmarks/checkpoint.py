"""Trains the checkpoint that ships.

    python -m benchmarks.checkpoint --data DIR --kinds DIR --out FILE

The data are `<set>-train.npz` files and `extra/<set>.npz` files with `features` and `labels`. Extra
sets that share images or classes with a `-val` set are left out of training, so that the networks
never see the `-val` classes. The kinds are made by `benchmarks.kinds`; its pictures of other
sources are left to `benchmarks.unseen`. The thresholds are chosen on the sets that have a `-val`
half: on that half alone, and on both halves together, which is as crowded as use; and on large
random worlds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from gcn import Model, load_model
from gcn.graph.power import power_normalized
from gcn.networks.gcn_v import GCNV
from gcn.pruning.affinities import node_state
from gcn.training.cluster_variants import ScoredState
from gcn.training.config import TrainConfig
from gcn.training.splits import LabeledSet
from gcn.training.thresholds import choose_thresholds
from gcn.training.train import labeled_set, train_on
from gcn.training.variants import graph_in_use

from .random_sets import ISOTROPIC, isotropic_set, random_set
from .sets import SetPaths

EXTRA = (
    "cifar100",
    "digits_lite0",
    "digits_raw64",
    "dtd10",
    "emoji",
    "flowers12",
    "flowers5",
    "glint_dlib",
    "glint_mbf",
    "gtsrb",
    "gtsrb_hog",
    "gtsrb_tracks",
    "orl_dlib",
    "signdigits",
)

KINDS = (
    "letters",
    "east_asian",
    "colored_east_asian",
    "digits",
    "cuttings",
    "icons",
    "icon_styles",
    "figures",
    "figure_views",
    "turned_figures",
)
"""Pictures of `benchmarks.kinds` to learn from; the others are left to be judged on."""

_MARGIN = 0.015
"""Of the score: the last digits of the embeddings alone move it by half as much."""
_LARGE_SEED, _JUDGED_SEED, _JUDGED_WORLDS = 1_000_000, 2_000_000, 4


def read_set(path: Path) -> LabeledSet:
    """Reads one `.npz` file of `features` and `labels`."""
    with np.load(path) as file:
        return labeled_set(file["features"].astype(np.float32), file["labels"])


def training_sets(data: Path) -> dict[str, LabeledSet]:
    """All sets that the shipped checkpoint may see, by name."""
    paths = sorted(data.glob("*-train.npz")) + [data / "extra" / f"{name}.npz" for name in EXTRA]
    found = {path.stem: read_set(path) for path in paths}
    for seed, (spread, dimensions) in enumerate(ISOTROPIC):
        found[f"isotropic_{dimensions}"] = isotropic_set(spread, dimensions, seed)
    return found


def sets_of_kinds(folder: Path, without: Collection[str] = ()) -> dict[str, LabeledSet]:
    """The made sets that the shipped checkpoint may see, by name.

    Args:
        folder: Made by `benchmarks.kinds`: names are those of pictures and of an embedding.
        without: Pictures to leave out.
    """
    wanted = set(KINDS) - set(without)
    paths = sorted(folder.glob("*.npz"))
    return {path.stem: read_set(path) for path in paths if path.stem.rpartition("_")[0] in wanted}


def random_worlds(num: int, num_large: int) -> list[LabeledSet]:
    """Sets from worlds drawn at random, of which the last `num_large` hold 24,000 images."""
    usual = [random_set(seed) for seed in range(num)]
    return [*usual, *(random_set(_LARGE_SEED + seed, large=True) for seed in range(num_large))]


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Adds what decides how long and on how much is trained."""
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--variants", type=int, default=10, help="varied graphs of a set of 100 classes"
    )
    parser.add_argument("--epochs-v", type=int, default=48)
    parser.add_argument("--epochs-c", type=int, default=32)
    parser.add_argument("--max-rows", type=int, default=3000)
    parser.add_argument(
        "--kinds-share",
        type=float,
        default=0.3,
        help="of these varied graphs, for made sets: there are many, each of small classes",
    )
    parser.add_argument("--worlds", type=int, default=240, help="sets from random worlds")
    parser.add_argument("--large-worlds", type=int, default=4, help="such sets of 24,000 images")


def train_checkpoint(
    sets: dict[str, LabeledSet],
    options: argparse.Namespace,
    gcn_v: GCNV | None = None,
    kinds: Collection[str] = (),
) -> Model:
    """Trains one model on the sets with the options of `add_training_options`.

    Fewer varied graphs are drawn from the sets named in `kinds`. `gcn_v`, if given, is kept as it
    is, which leaves out most of the time.
    """
    shares = [options.kinds_share if name in kinds else 1.0 for name in sets]
    config = TrainConfig(
        variants=options.variants,
        max_rows=options.max_rows,
        epochs_v=options.epochs_v,
        epochs_c=options.epochs_c,
        validation_share=0.0,
    )
    with tqdm(total=100, unit="%") as bar:

        def report(done: float, what: str) -> None:
            bar.set_description(what)
            bar.update(round(100 * done, 1) - bar.n)

        model = train_on(
            list(sets.values()),
            None,
            options.seed,
            config,
            report,
            random_worlds(options.worlds, options.large_worlds),
            gcn_v,
            shares=shares,
        )
    model.card["names"] = list(sets)
    model.card["worlds"] = [options.worlds, options.large_worlds]
    return model


def with_judged_thresholds(
    model: Model, data: Path, seen: Callable[[str], bool] = lambda _: True
) -> Model:
    """Chooses the thresholds anew on sets with classes that the networks have not seen.

    Four large random worlds that were not in training are judged besides: no labeled set here is
    large, and in a large one a chain of wrong edges joins more.

    Args:
        model: Trained and calibrated.
        data: Folder of `<set>-train.npz` and `<set>-val.npz`.
        seen: Says of the name of a set whether it may be looked at.

    Returns:
        The same networks with other thresholds; the card names the sets.
    """
    names = sorted(path.stem.removesuffix("-val") for path in data.glob("*-val.npz"))
    names = [name for name in names if seen(name)]
    sets: list[LabeledSet] = []
    for name in names:
        parts = SetPaths(data, name).parts()
        sets += [LabeledSet(parts[part].embeddings, parts[part].labels) for part in ("all", "val")]
    worlds = range(_JUDGED_SEED, _JUDGED_SEED + _JUDGED_WORLDS)
    sets += [random_set(seed, large=True) for seed in worlds]
    states: list[ScoredState] = []
    for x, labels in sets:
        graph = graph_in_use(power_normalized(x), labels, model.settings.k)
        state = node_state(graph.x, graph.relations, model.gcn_v, model.settings)
        states.append(ScoredState(state, labels))
    settings = choose_thresholds(states, model.gcn_c, model.settings, margin=_MARGIN)
    return replace(model, settings=settings, card={**model.card, "thresholds_from": names})


def main() -> None:
    """Trains, chooses thresholds and saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--kinds", type=Path, required=True, help="made by benchmarks.kinds")
    parser.add_argument(
        "--without", nargs="*", default=(), choices=KINDS, help="pictures to leave out"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--gcn-v", type=Path, help="checkpoint whose GCN-V is kept, so that only GCN-C is trained"
    )
    add_training_options(parser)
    options = parser.parse_args()
    kinds = sets_of_kinds(options.kinds, options.without)
    sets = training_sets(options.data) | kinds
    begun = time.perf_counter()
    kept = load_model(str(options.gcn_v)).gcn_v if options.gcn_v else None
    model = with_judged_thresholds(train_checkpoint(sets, options, kept, kinds), options.data)
    model.save(options.out)
    print(f"{len(sets)} sets, {time.perf_counter() - begun:.0f} s -> {options.out}")
    print(model.settings)
    print("affinity calibration error", round(model.card["affinity_calibration_error"], 4))


if __name__ == "__main__":
    main()
