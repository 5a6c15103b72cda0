"""Times what a user waits for at a large synthetic dataset in a real MongoDB.

    python -m benchmarks.app [--images 100000] [--clusters 5000] [--repeats 5] [--json FILE]

A click in the panel is timed as the whole request that the App sends to FiftyOne's server, with
FiftyOne's own share in it. The bytes that it sends (the panel's state, the view, the selection) and
receives (the page with its thumbnails) are counted. The network and the drawing are left out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.app_browser import Browser
from benchmarks.app_corrections import FEWEST_CLUSTERS, measure_corrections
from benchmarks.app_data import measure_forms, measure_reading, measure_views, measure_writing
from benchmarks.app_dataset import make_dataset, make_photos, part
from benchmarks.app_events import row_of
from benchmarks.app_pages import measure_pages
from benchmarks.app_rows import Row, table, timed
from tools.served import served

if TYPE_CHECKING:
    import fiftyone as fo


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a table; ends with an error if a budget is not kept."""
    parser = argparse.ArgumentParser(
        description="Times what a user waits for at a large synthetic dataset."
    )
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--clusters", type=int, default=5_000)
    parser.add_argument("--dimension", type=int, default=1_280, help="of the vectors")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, help="where the figures go besides")
    args = parser.parse_args(argv)
    if args.clusters < FEWEST_CLUSTERS or args.images < 1.5 * args.clusters:
        parser.error(
            f"give at least {FEWEST_CLUSTERS:,} clusters, and half as many images again "
            f"(got {args.clusters:,} clusters, {args.images:,} images)"
        )
    with tempfile.TemporaryDirectory(prefix="autolabel-app-") as folder, served(Path(folder)):
        (photos := Path(folder) / "photos").mkdir()
        files = make_photos(photos, args.images)
        dataset, seconds = make_dataset(args.images, args.clusters, args.dimension, files)
        print(f"{args.images:,} images in {args.clusters:,} clusters, made in {seconds:.0f} s\n")
        try:
            rows = list(measure(dataset, args.repeats))
        finally:
            dataset.delete()
    print(table(rows))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        result = {"images": args.images, "clusters": args.clusters, "dimension": args.dimension}
        args.json.write_text(json.dumps(result | {"rows": [asdict(r) for r in rows]}, indent=2))
    missed = [row.what.strip() for row in rows if row.is_missed]
    if missed:
        raise SystemExit(f"Over budget: {', '.join(missed)}")


def measure(dataset: fo.Dataset, repeats: int) -> Iterator[Row]:
    """Times everything a user does.

    Args:
        dataset: The dataset.
        repeats: How often each is done; at most twice where it takes minutes.

    Yields:
        Rows of the table.
    """
    few = min(repeats, 2)
    yield from measure_reading(dataset, few)
    yield from measure_writing(dataset, few)
    with Browser(dataset) as browser:
        yield row_of("first look: the review is built", [browser.panel("on_load")], None)
        yield from measure_views(dataset, repeats)
        yield from measure_forms(dataset, repeats)
        yield from measure_pages(dataset, browser, repeats)
        yield from measure_corrections(dataset, browser, repeats)
    load = part("runs.run_loading").load_run
    yield Row("load run with all corrections", [timed(lambda: load(dataset, "cluster"))])


if __name__ == "__main__":
    main()
