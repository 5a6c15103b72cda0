"""Calls of operators from Python."""

from collections.abc import Mapping
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators.executor import ExecutionResult

from ..base.plain import plain


def call_operator(
    uri: str, samples: SampleCollection, params: Mapping[str, Any], delegate: bool
) -> ExecutionResult:
    """Executes an operator on a dataset or view, now or later.

    Args:
        uri: URI of the operator.
        samples: The dataset or view.
        params: Its parameters by name; they may be values of NumPy.
        delegate: Whether to queue it for a worker.

    Returns:
        The execution result; in a notebook a task to `await`.
    """
    key = "view" if isinstance(samples, fo.DatasetView) else "dataset"
    ctx = {key: samples, "params": plain(params), "request_delegation": delegate}
    return foo.execute_operator(uri, ctx)
