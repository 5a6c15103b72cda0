from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]


def test_call_returns_the_report(run: Run, dataset: "fo.Dataset") -> None:
    result = run("compute_embeddings", dataset.limit(3), embeddings_field="vectors")
    assert (result["n_computed"], result["dimension"], result["n_failed"]) == (3, 1280, 0)
    assert dataset.count("vectors") == 3


def test_delegated_run_reports_its_progress(run: Run, dataset: "fo.Dataset") -> None:
    from bson import ObjectId
    from fiftyone.operators.delegated import DelegatedOperationService

    queued = run("compute_embeddings", dataset.limit(3), delegate=True)
    service = DelegatedOperationService()
    service.execute_queued_operations(operator="@autolabel/gcn/compute_embeddings")
    done = service.get(ObjectId(str(queued["id"])))
    assert done.run_state == "completed"
    assert done.status.label.startswith("Computing embeddings")
    assert done.result.result["n_computed"] == 3


def test_unknown_parameter_is_refused(run: Run, dataset: "fo.Dataset") -> None:
    from fiftyone.operators.executor import ExecutionError

    with pytest.raises(ExecutionError, match="did you mean 'only_missing'"):
        run("compute_embeddings", dataset, missing_only=True)
