"""What the operators that can be delegated share."""

from typing import Any

from fiftyone.core.collections import SampleCollection
from fiftyone.operators.executor import ExecutionResult

from .plugin_operator import PluginOperator


class ReportingOperator(PluginOperator):
    """An operator that ends with a report, now or in a delegated run."""

    execute_as_generator = True
    allow_delegated_execution = True

    def __call__(
        self, samples: SampleCollection, delegate: bool = False, **params: Any
    ) -> ExecutionResult:
        """Runs the operator from Python.

        Args:
            samples: The dataset or view.
            delegate: Whether to queue it for `fiftyone delegated launch`.
            **params: The parameters of the function of the same name, without `progress`.

        Returns:
            The execution result, in a notebook a task to `await`; its `result` is what that
            function gives, as a dict, with a `summary` in Markdown.
        """
        return self._call(samples, params, delegate)
