"""Events that hand over to other operators, each with its own form."""

from ..base.plugin import PLUGIN
from .session import Session


def cluster_images(session: Session) -> None:
    """Opens the form that clusters images.

    Args:
        session: The event.
    """
    _prompt(session, "cluster_images", {})


def apply_labels(session: Session) -> None:
    """Opens the form that writes the names of confirmed clusters as labels.

    Args:
        session: The event.
    """
    _prompt(session, "apply_labels", {"run_key": session.state.run_key})


def open_workspace(session: Session) -> None:
    """Opens the form that lays out grid, review and a map of the embeddings.

    Args:
        session: The event.
    """
    _prompt(session, "visualize_clusters", {"run_key": session.state.run_key})


def export_corrections(session: Session) -> None:
    """Opens the form that writes the history to a file.

    Args:
        session: The event.
    """
    _prompt(session, "export_corrections", {"run_key": session.state.run_key})


def import_corrections(session: Session) -> None:
    """Opens the form that takes a history in from a file.

    Args:
        session: The event.
    """
    _prompt(session, "import_corrections", {"run_key": session.state.run_key})


def _prompt(session: Session, name: str, params: dict[str, str]) -> None:
    session.ctx.prompt(
        f"{PLUGIN}/{name}",
        params=params,
        on_success=session.event("refresh"),
        on_error=session.event("refresh"),
    )
