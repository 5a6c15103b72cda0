"""What happens to the connection with the database, in the user's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import ConnectionFailure


@contextmanager
def clear_connection_errors(doing: str, cure: str) -> Iterator[None]:
    """Turns a lost connection into one sentence.

    Args:
        doing: What was going on, such as "clustering".
        cure: What the user can do once the database is back.

    Yields:
        Nothing; runs the block.

    Raises:
        ConnectionError: The database did not answer.
    """
    try:
        yield
    except ConnectionFailure as error:
        raise ConnectionError(
            f"The connection to the database was lost while {doing}; once it is back, {cure}"
        ) from error
