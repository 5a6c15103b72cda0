"""The parameters of the operators that correct clusters; the functions' docstrings explain each."""

import dataclasses
from typing import Any

from .params import Check, ParameterError, content, identifier, parameter, text, whole, yes_no

IF_EXISTS = ("ask", "merge", "keep")
SPLIT_BY = ("parts", "images", "clustering", "groups")
ANSWERS = ("same", "different", "later", "open")
ON_CONFLICT = ("error", "skip", "overwrite")
MAX_ITEMS = 1_000_000


def one_of(choices: tuple[str, ...]) -> Check:
    """Makes a check for a choice.

    Args:
        choices: What will do.

    Returns:
        The check.
    """

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            listed = ", ".join(f"'{choice}'" for choice in choices)
            raise ParameterError(name, f"'{name}' must be one of {listed} (got {_short(value)})")
        return value

    return check


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Checks a list of ids or names; a single one will do.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The texts, each once.

    Raises:
        ParameterError: It is no list of texts, or too long.
    """
    listed = [value] if isinstance(value, str) else value
    is_list = isinstance(listed, list | tuple | set | frozenset)
    if not is_list or not all(isinstance(one, str) for one in listed):
        raise ParameterError(name, f"'{name}' must be a list of texts (got {_short(value)})")
    if len(listed) > MAX_ITEMS:
        raise ParameterError(name, f"'{name}' has at most {MAX_ITEMS:,} entries (got more)")
    return tuple(dict.fromkeys(text(name, one) for one in listed if one))


def groups_of_texts(name: str, value: Any) -> tuple[tuple[str, ...], ...]:
    """Checks a list of lists of ids.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The lists.

    Raises:
        ParameterError: It is none.
    """
    if not isinstance(value, list | tuple) or any(isinstance(one, str) for one in value):
        raise ParameterError(name, f"'{name}' must be a list of lists of ids (got {_short(value)})")
    return tuple(texts(name, one) for one in value)


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


@dataclasses.dataclass(frozen=True)
class ReviewParams:
    """What all corrections have in common."""

    run_key: str | None = parameter(None, text)
    based_on: int | None = parameter(None, whole(0))
    dry_run: bool = parameter(False, yes_no)


@dataclasses.dataclass(frozen=True)
class TokenParams(ReviewParams):
    """What corrections have in common that name clusters, which another clustering numbers anew."""

    token: str | None = parameter(None, text)


@dataclasses.dataclass(frozen=True)
class MergeClustersParams(TokenParams):
    """Parameters of `merge_clusters`."""

    clusters: tuple[str, ...] = parameter((), texts)
    into: str | None = parameter(None, text)


@dataclasses.dataclass(frozen=True)
class SplitClusterParams(TokenParams):
    """Parameters of `split_cluster`."""

    cluster: str = parameter("", text)
    by: str = parameter("parts", one_of(SPLIT_BY))
    items: tuple[str, ...] = parameter((), texts)
    groups: tuple[tuple[str, ...], ...] = parameter((), groups_of_texts)


@dataclasses.dataclass(frozen=True)
class MoveToClusterParams(TokenParams):
    """Parameters of `move_to_cluster`."""

    items: tuple[str, ...] = parameter((), texts)
    cluster: str | None = parameter(None, text)
    name: str | None = parameter(None, text)


@dataclasses.dataclass(frozen=True)
class RenameClusterParams(TokenParams):
    """Parameters of `rename_cluster`."""

    cluster: str = parameter("", text)
    name: str = parameter("", text)
    if_exists: str = parameter("ask", one_of(IF_EXISTS))


@dataclasses.dataclass(frozen=True)
class MarkNoiseParams(TokenParams):
    """Parameters of `mark_noise`."""

    items: tuple[str, ...] = parameter((), texts)
    clusters: tuple[str, ...] = parameter((), texts)
    restore: bool = parameter(False, yes_no)


@dataclasses.dataclass(frozen=True)
class ConfirmClustersParams(TokenParams):
    """Parameters of `confirm_clusters`."""

    clusters: tuple[str, ...] = parameter((), texts)
    name: str | None = parameter(None, text)
    if_exists: str = parameter("ask", one_of(IF_EXISTS))
    unconfirm: bool = parameter(False, yes_no)
    together: bool = parameter(False, yes_no)
    without: tuple[str, ...] = parameter((), texts)


@dataclasses.dataclass(frozen=True)
class AnswerPairParams(TokenParams):
    """Parameters of `answer_pair`."""

    first: str = parameter("", text)
    second: str = parameter("", text)
    answer: str = parameter("", one_of(ANSWERS))


@dataclasses.dataclass(frozen=True)
class UndoCorrectionParams(TokenParams):
    """Parameters of `undo_correction` and `redo_correction`."""

    to: int | None = parameter(None, whole(0))


@dataclasses.dataclass(frozen=True)
class ApplyLabelsParams(TokenParams):
    """Parameters of `apply_labels`."""

    label_field: str = parameter("", identifier)
    clusters: tuple[str, ...] | None = parameter(None, texts)
    on_conflict: str = parameter("error", one_of(ON_CONFLICT))


@dataclasses.dataclass(frozen=True)
class AssignNewImagesParams(TokenParams):
    """Parameters of `assign_new_images`."""


@dataclasses.dataclass(frozen=True)
class ReviewProgressParams:
    """Parameters of `review_progress`."""

    run_key: str | None = parameter(None, text)
    ground_truth: str | None = parameter(None, text)


@dataclasses.dataclass(frozen=True)
class ExportCorrectionsParams:
    """Parameters of `export_corrections`."""

    run_key: str | None = parameter(None, text)
    path: str | None = parameter(None, text)


@dataclasses.dataclass(frozen=True)
class ImportCorrectionsParams:
    """Parameters of `import_corrections`."""

    run_key: str | None = parameter(None, text)
    path: str | None = parameter(None, text)
    lines: str | None = parameter(None, content)


@dataclasses.dataclass(frozen=True)
class RenameRunParams:
    """Parameters of `rename_run`."""

    run_key: str = parameter("", text)
    new_run_key: str = parameter("", identifier)
