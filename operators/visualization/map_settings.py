"""Settings of a map that follow from how many embeddings there are, and how long they are."""

from typing import Any

import fiftyone as fo

from ..base.params import ParameterError
from ..data import fields
from ..data.records import RunRecord
from ..data.targets import Target, target_of_record
from ..embedding.sources import vectors_of_run

# Of FiftyOne, whose t-SNE fails where there are fewer embeddings, or shorter ones.
_PCA_DIMS, _PERPLEXITY = 50, 30.0
# UMAP begins with three eigenvectors of the graph, which need more points than that.
_LEAST_FOR_UMAP = 4


def map_settings(dataset: fo.Dataset, record: RunRecord, method: str) -> dict[str, Any]:
    """Works out what a method has to be told to map the embeddings of a run.

    Args:
        dataset: The dataset.
        record: The run's record.
        method: "umap", "tsne" or "pca".

    Returns:
        Parameters of FiftyOne's `compute_visualization`.

    Raises:
        ParameterError: The method needs more embeddings, or they are gone.
    """
    target = target_of_record(dataset, record.patches_field)
    if method == "umap":
        _check_count(_count(target, record), target.noun)
    if method != "tsne":
        return {}
    number, dimension = vectors_of_run(record, target, target.items()).embeddings.shape
    return {
        "pca_dims": min(_PCA_DIMS, number, dimension),
        # The number of neighbors that count, of which there should be thrice as many points.
        "perplexity": max(1.0, min(_PERPLEXITY, (number - 1) / 3)),
    }


def _check_count(number: int, noun: str) -> None:
    if number < _LEAST_FOR_UMAP:
        raise ParameterError(
            "method",
            f"'umap' needs at least {_LEAST_FOR_UMAP} {noun} with an embedding (got {number}); "
            "choose 'pca' or 'tsne'",
        )


def _count(target: Target, record: RunRecord) -> int:
    source = record.config["embeddings"]
    if source.get("brain_key"):
        return int(target.dataset.load_brain_results(source["brain_key"]).total_index_size)
    return len(fields.ids_with(target, source["embeddings_field"]))
