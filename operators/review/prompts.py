"""Events that hand over to another operator, with its own form."""

from collections.abc import Callable

from ..base.plugin import PLUGIN
from .session import Session


def form_of(name: str, of_run: bool = True) -> Callable[[Session], None]:
    """Makes an event that opens the form of an operator.

    Args:
        name: Name of the operator.
        of_run: Whether it is about the run that is reviewed.

    Returns:
        The event.
    """

    def open_form(session: Session) -> None:
        session.ctx.prompt(
            f"{PLUGIN}/{name}",
            params={"run_key": session.state.run_key} if of_run else {},
            on_success=session.event("refresh"),
            on_error=session.event("refresh"),
        )

    return open_form
