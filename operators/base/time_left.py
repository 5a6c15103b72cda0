"""Says how long work will still take, from how fast it has been so far."""

import time

from .progress import Progress

# Seconds before a guess is made, and the shortest time that is worth mentioning.
_AFTER, _SHORTEST = 3.0, 3.0


def with_time_left(progress: Progress) -> Progress:
    """Adds the time left to what a stage of even speed reports.

    Args:
        progress: Told of the stage; 1 is its end.

    Returns:
        The same, with ", about 2 minutes left" at the end of the label after some seconds.
    """
    begun: list[tuple[float, float]] = []

    def report(share: float, label: str) -> None:
        now = time.monotonic()
        if not begun:
            begun.append((now, share))
        since, first = begun[0]
        if now - since >= _AFTER and first < share < 1:
            left = (now - since) * (1 - share) / (share - first)
            label += f", {time_text(left)} left" if left >= _SHORTEST else ""
        progress(share, label)

    return report


def time_text(seconds: float) -> str:
    """Words a guessed time, no more exactly than a guess is.

    Args:
        seconds: At least 0.

    Returns:
        "about 15 seconds", "about 1 minute", "about 2 hours 10 minutes".
    """
    if seconds < 57.5:
        return f"about {max(5, 5 * round(seconds / 5))} seconds"
    minutes = max(1, round(seconds / 60))
    if minutes >= 60:
        minutes = 10 * round(minutes / 10)
    parts = [_count(minutes // 60, "hour"), _count(minutes % 60, "minute")]
    return f"about {' '.join(part for part in parts if part)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
