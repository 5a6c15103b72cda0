"""Entry point of the FiftyOne plugin `@autolabel/gcn`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fiftyone.plugins.context import PluginContext


def register(plugin: "PluginContext") -> None:
    """Registers the operators and the panel; FiftyOne calls this each time it reads the plugin.

    Args:
        plugin: Where FiftyOne collects what a plugin brings.
    """
    from .operators import OPERATORS, PANELS

    for operator in (*OPERATORS, *PANELS):
        plugin.register(operator)
