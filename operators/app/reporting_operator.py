"""What the operators that can be delegated share: their result and the call from Python."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types
from fiftyone.operators.executor import ExecutionResult

from . import result_forms
from .calls import call_operator


class ReportingOperator(foo.Operator):
    """An operator that ends with a report, now or in a delegated run.

    Subclasses give `config`, `resolve_input` and `execute`, whose result holds a `summary`.
    """

    def resolve_output(self, ctx: foo.ExecutionContext) -> types.Property | None:
        """Shows the result of a delegated run."""
        return result_forms.summary_form(ctx.results, "Result")

    def __call__(
        self, samples: SampleCollection, delegate: bool = False, **params: Any
    ) -> ExecutionResult:
        """Runs the operator from Python.

        Args:
            samples: The dataset or view.
            delegate: Whether to queue it for `fiftyone delegated launch`.
            **params: The parameters of the function of the same name, without `progress`.

        Returns:
            The execution result; its `result` is what that function gives, as a dict, with a
            `summary` in Markdown.
        """
        return call_operator(self.uri, samples, params, delegate)
