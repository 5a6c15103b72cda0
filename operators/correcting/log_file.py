"""The file that a log of corrections is written to and read from."""

import os
from pathlib import Path

from ..base.params import ParameterError
from ..corrections.log.lines import is_header

LONGEST_PATH = 200
"""Characters of a path that are shown in a message."""
_LONGEST_HEADER = 10_000


def check_target(path: str) -> Path:
    """Refuses files that would be lost, and places that cannot be written to.

    Args:
        path: Where an export shall go.

    Returns:
        The file. What a link leads to is replaced, not the link.

    Raises:
        ParameterError: It cannot be written, or holds something else than an export.
    """
    try:
        file = Path(path).expanduser().resolve()
        _check_file(file)
        if not file.parent.is_dir():
            raise OSError(None, f"There is no folder '{file.parent}'")
        if file.exists() and file.stat().st_size and not _is_export(file):
            raise OSError(None, "It is there and holds something else; choose another path")
    except (OSError, RuntimeError) as error:
        raise _unusable(path, "written", error) from error
    return file


def write_log(path: str, text: str) -> str:
    """Writes the file of a log as a whole or not at all.

    Args:
        path: The file; an export that is there is replaced.
        text: What it will hold.

    Returns:
        Its whole path.

    Raises:
        ParameterError: It cannot be written, or holds something else than an export.
    """
    file = check_target(path)
    try:
        draft = file.with_name(f".{os.getpid()}.corrections")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:
        raise _unusable(path, "written", error) from error
    return str(file)


def read_log(path: str) -> str:
    """Reads the file of a log.

    Args:
        path: The file.

    Returns:
        Its text.

    Raises:
        ParameterError: It cannot be read, or is no text.
    """
    try:
        file = Path(path).expanduser()
        _check_file(file)
        return file.read_text(encoding="utf-8")
    except (OSError, RuntimeError) as error:
        raise _unusable(path, "read", error) from error
    except UnicodeDecodeError as error:
        raise ParameterError(
            "path",
            f"'{path}' is no text file; choose a file that Export corrections "
            "('export_corrections') wrote",
        ) from error


def _is_export(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as lines:
        return is_header(lines.readline(_LONGEST_HEADER))


def _check_file(file: Path) -> None:
    """Refuses devices: one that is written would be replaced, /dev/null too, and some never end."""
    if file.exists() and not file.is_file():
        raise OSError(None, "It is not a file")


def _unusable(path: str, verb: str, error: OSError | RuntimeError) -> ParameterError:
    """Words why a file cannot be used; the home of an unknown user is a `RuntimeError`."""
    shown = path if len(path) <= LONGEST_PATH else f"…{path[-LONGEST_PATH:]}"
    why = getattr(error, "strerror", None) or error
    return ParameterError("path", f"'{shown}' cannot be {verb}: {why}")
