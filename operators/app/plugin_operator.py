"""What the operators share: how FiftyOne lists them, their result, the call from Python."""

from collections.abc import Mapping
from typing import Any, ClassVar

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types
from fiftyone.operators.executor import ExecutionResult

from ..base.plain import plain
from ..data.grouped import flattened
from . import result_forms


class PluginOperator(foo.Operator):
    """An operator that ends with a result.

    Subclasses give `resolve_input`, if they have a form, and `execute`, whose result holds a
    `summary` in Markdown.

    Attributes:
        title: What the App calls it, its form too.
        about: What it does, in a line.
        icon: Name of a Material icon.
        risk: How much an agent should fear to call it.
        dynamic: Whether its form is built anew while one types.
        execute_as_generator: Whether `execute` may give messages, as `run_task` does.
        allow_delegated_execution: Whether it can be queued for a worker.
        result_title: What the App calls its result.
    """

    title: ClassVar[str] = ""
    about: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    risk: ClassVar[types.RiskLevel] = types.RiskLevel.MEDIUM
    dynamic: ClassVar[bool] = True
    execute_as_generator: ClassVar[bool] = False
    allow_delegated_execution: ClassVar[bool] = False
    result_title: ClassVar[str] = "Result"

    @property
    def config(self) -> foo.OperatorConfig:
        """How FiftyOne lists and runs the operator."""
        return foo.OperatorConfig(
            name=self._name(),
            label=self.title,
            description=self.about,
            icon=self.icon,
            dynamic=self.dynamic,
            execute_as_generator=self.execute_as_generator,
            allow_delegated_execution=self.allow_delegated_execution,
            disable_schema_validation=True,
            risk_level=self.risk,
        )

    @classmethod
    def _name(cls) -> str:
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")

    def resolve_output(self, ctx: foo.ExecutionContext) -> types.Property | None:
        """Shows the result, where the App has not shown it already."""
        return result_forms.summary_form(ctx.results, self.result_title)

    def __call__(self, samples: SampleCollection, **params: Any) -> ExecutionResult:
        """Runs the operator from Python.

        Args:
            samples: The dataset or view.
            **params: The parameters of the function of the same name, without `progress`.

        Returns:
            The execution result, in a notebook a task to `await`; its `result` is what that
            function gives, as a dict, with a `summary` in Markdown.
        """
        return self._call(samples, params, delegate=False)

    def _call(
        self, samples: SampleCollection, params: Mapping[str, Any], delegate: bool
    ) -> ExecutionResult:
        if isinstance(samples, SampleCollection):
            samples = flattened(samples)  # FiftyOne would not pass on which slice is shown
        key = "view" if isinstance(samples, fo.DatasetView) else "dataset"
        ctx = {key: samples, "params": plain(params), "request_delegation": delegate}
        return foo.execute_operator(self.uri, ctx)
