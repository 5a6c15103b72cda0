"""How far a task is, as a share and a label."""

from collections.abc import Callable

Progress = Callable[[float, str], None]


def silent(share: float, label: str) -> None:
    """Progress that tells nobody."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """Makes the progress of a part of the work.

    Args:
        progress: That of the whole.
        start: Share of the whole that is done when the part begins.
        stop: Share of the whole that is done when it ends.

    Returns:
        Progress whose 0 to 1 is `start` to `stop` of the whole.
    """

    def report(share: float, label: str) -> None:
        progress(start + share * (stop - start), label)

    return report
