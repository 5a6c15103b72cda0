"""Times as the database gives them."""

from datetime import datetime, timezone


def as_utc(time: datetime) -> datetime:
    """Words a time in UTC, in whichever form the database gives it.

    Args:
        time: In the time zone of FiftyOne's setting `timezone`; without it, UTC that does not say
            so.

    Returns:
        The same moment in UTC.
    """
    return time.astimezone(timezone.utc) if time.tzinfo else time.replace(tzinfo=timezone.utc)
