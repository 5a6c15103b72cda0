"""The dataset of the pictures: handwritten digits, clustered by their pixels with the plugin."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo

from demo.sources import digits as write_digits

NUMBER = 600
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PLUGIN = "fiftyone.plugins.orgs.autolabel.gcn"
COLOR = "#009999"
# Those of the App are dark on black in part.
POOL = [
    "#ff6d04",
    "#4fc3f7",
    "#81c784",
    "#ffd54f",
    "#ba68c8",
    "#f06292",
    "#4db6ac",
    "#e0e0e0",
    "#a1887f",
    "#7986cb",
]


class Digits:
    """The dataset, its clusters, and what its images show.

    Attributes:
        dataset: The FiftyOne dataset.
    """

    def __init__(self, folder: Path) -> None:
        """Makes the dataset.

        Args:
            folder: Where the image files go.
        """
        self.dataset = fo.Dataset("digits", persistent=True)
        # Otherwise the App gives a field the next color whenever it first draws it.
        labels = [{"path": "cluster", "fieldColor": COLOR}]
        self.dataset.app_config.color_scheme = fo.ColorScheme(color_pool=POOL, fields=labels)
        self.dataset.save()
        self._names = self._add_images(folder)
        foo.list_operators()  # FiftyOne loads its plugins when asked
        self._operators = importlib.import_module(f"{PLUGIN}.operators")
        self._reads = importlib.import_module(f"{PLUGIN}.operators.corrections.reads")

    def cluster(self) -> None:
        """Clusters and maps the images."""
        self._operators.cluster_images(self.dataset, embeddings_field="pixels", save_view=False)
        self._operators.visualize_clusters(self.dataset, method="pca")

    def _add_images(self, folder: Path) -> dict[str, str]:
        """Adds the images, and gives the digit of each id; a user's dataset would not hold it."""
        from sklearn.datasets import load_digits

        pixels, numbers = load_digits(return_X_y=True)
        paths = list(write_digits(folder).labels)[:NUMBER]
        samples = [
            fo.Sample(filepath=path, pixels=row) for path, row in zip(paths, pixels, strict=False)
        ]
        ids = self.dataset.add_samples(samples, progress=False)
        return {item: NAMES[number] for item, number in zip(ids, numbers, strict=False)}

    def clusters(self) -> list[dict[str, Any]]:
        """Lists the clusters.

        Returns:
            All of them, as the panel lists them and in its order.
        """
        return self._reads.list_clusters(self.dataset, limit=200)["clusters"]

    def near(self, cluster: str) -> list[str]:
        """Lists the clusters nearest to one.

        Args:
            cluster: Its id.

        Returns:
            Ids, the nearest first.
        """
        found = self._reads.read_cluster(self.dataset, cluster)["neighbors"]
        return [row["cluster"] for row in found]

    def members(self, cluster: str) -> list[str]:
        """Lists the images of a cluster.

        Args:
            cluster: Its id.

        Returns:
            Ids.
        """
        return self._reads.item_ids(self.dataset, cluster)["items"]

    def small(self) -> list[str]:
        """Lists the images of small clusters.

        Returns:
            Ids, in the order in which the grid shows them.
        """
        return self._reads.list_small(self.dataset)["items"]

    def shown_by(self, items: Sequence[str]) -> list[str]:
        """Tells what images show.

        Args:
            items: Ids.

        Returns:
            The name of the digit of each.
        """
        return [self._names[item] for item in items]

    def confirm(self, cluster: str, name: str) -> None:
        """Confirms a cluster as a person would who knows the digits.

        Args:
            cluster: Its id.
            name: The digit; images of others are left out.
        """
        members = self.members(cluster)
        shown = self.shown_by(members)
        strays = [item for item, digit in zip(members, shown, strict=True) if digit != name]
        self._operators.confirm_clusters(
            self.dataset, [cluster], name=name, if_exists="merge", without=strays or None
        )
