"""Where the time of each stage of a clustering goes: `python -m benchmarks.profile`.

All threads are looked at every few milliseconds. What compiled code and products of matrices take
counts for the line of `gcn` that calls them; threads that wait do not count. Two profiles of the
same set, made with the same command, show what a change has done.

    python -m benchmarks.profile --images 50000
    python -m benchmarks.profile --folded before.folded   # stacks for speedscope or flamegraph.pl
"""

from __future__ import annotations

import argparse
import linecache
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import gcn

from .scale_size import WARM_ROWS, warm_up
from .stage_watch import StageWatch
from .synthetic import synthetic_set

_EVERY_SECONDS = 0.004
_SHOWN_LINES = 8
_LIBRARY = Path(gcn.__file__).parent
_WAITING = ("threading.py", "concurrent/futures/")


class Line(NamedTuple):
    """One line of the library that was being executed."""

    file: str
    number: int
    function: str


Stack = tuple[Line, ...]


class Sampler(StageWatch):
    """Counts where each thread stands, stage by stage."""

    def __init__(self) -> None:
        super().__init__(_EVERY_SECONDS)
        self.samples: dict[str, Counter[Stack]] = {}

    def look(self) -> None:
        """Looks at all threads but its own."""
        own = threading.get_ident()
        here = self.samples.setdefault(self.stage, Counter())
        for thread, frame in sys._current_frames().items():
            stack = stack_of(frame) if thread != own else ()
            if stack:
                here[stack] += 1


def stack_of(frame: FrameType | None) -> Stack:
    """Lines of the library that a thread is in, outermost first; empty for one that waits."""
    if frame is not None and any(part in frame.f_code.co_filename for part in _WAITING):
        return ()
    found: list[Line] = []
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(_LIBRARY):
            name = file.relative_to(_LIBRARY).as_posix()
            found.append(Line(name, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return tuple(reversed(found))


def table(samples: dict[str, Counter[Stack]], seconds: dict[str, float]) -> list[str]:
    """For each stage the lines in which most of its time was spent, with their share of it."""
    said: list[str] = []
    for stage, taken in seconds.items():
        said.append(f"{stage}: {taken:.2f} s")
        lines: Counter[Line] = Counter()
        for stack, count in samples.get(stage, Counter[Stack]()).items():
            lines[stack[-1]] += count
        for line, count in lines.most_common(_SHOWN_LINES):
            where = f"{line.file}:{line.number} {line.function}"
            source = linecache.getline(str(_LIBRARY / line.file), line.number).strip()
            said.append(f"  {100 * count / lines.total():>4.0f} %  {where:<48.48}  {source:.60}")
    return said


def folded(samples: dict[str, Counter[Stack]]) -> list[str]:
    """Stacks in the form that makers of flame graphs read: frames, a blank, a count."""
    return [
        ";".join([stage, *(f"{line.file}:{line.function}:{line.number}" for line in stack)])
        + f" {count}"
        for stage, counted in samples.items()
        for stack, count in counted.items()
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Clusters one set, compiled code and model being ready, and prints where the time went."""
    options = _parse(arguments)
    data = synthetic_set(options.images, options.seed)
    model = gcn.load_model()
    warm_up(data.embeddings[:WARM_ROWS], model)
    with Sampler() as sampler:
        start = time.perf_counter()
        result = gcn.cluster(data.embeddings, model, progress=sampler.report)
        total = time.perf_counter() - start
    seconds = {stage.name: stage.seconds for stage in result.stages}
    print(
        "\n".join([f"{options.images:,} images: {total:.2f} s", *table(sampler.samples, seconds)])
    )
    if options.folded is not None:
        options.folded.write_text("\n".join(folded(sampler.samples)) + "\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folded", type=Path, help="also write all stacks to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
