"""The parameters of the operators that correct clusters; the functions' docstrings explain each."""

import dataclasses

from .checks import content, groups_of_texts, identifier, one_of, text, texts, whole, yes_no
from .params import parameter

IF_EXISTS = ("ask", "merge", "keep")
SPLIT_BY = ("parts", "images", "clustering", "groups")
ANSWERS = ("same", "different", "later", "open")
ON_CONFLICT = ("error", "skip", "overwrite")


@dataclasses.dataclass(frozen=True)
class CorrectionParams:
    """What all corrections have in common: the run, and what of it the caller has seen."""

    run_key: str | None = parameter(None, text)
    based_on: int | None = parameter(None, whole(0))
    dry_run: bool = parameter(False, yes_no)
    token: str | None = parameter(None, text)


@dataclasses.dataclass(frozen=True)
class MergeClustersParams(CorrectionParams):
    """Parameters of `merge_clusters`."""

    clusters: tuple[str, ...] = parameter((), texts)
    into: str | None = parameter(None, text)


@dataclasses.dataclass(frozen=True)
class SplitClusterParams(CorrectionParams):
    """Parameters of `split_cluster`."""

    cluster: str = parameter("", text)
    by: str = parameter("parts", one_of(SPLIT_BY))
    items: tuple[str, ...] = parameter((), texts)
    groups: tuple[tuple[str, ...], ...] = parameter((), groups_of_texts)
    num_clusters: int | None = parameter(None, whole(2))


@dataclasses.dataclass(frozen=True)
class MoveToClusterParams(CorrectionParams):
    """Parameters of `move_to_cluster`."""

    items: tuple[str, ...] = parameter((), texts)
    cluster: str | None = parameter(None, text)
    name: str | None = parameter(None, text)


@dataclasses.dataclass(frozen=True)
class RenameClusterParams(CorrectionParams):
    """Parameters of `rename_cluster`."""

    cluster: str = parameter("", text)
    name: str = parameter("", text)
    if_exists: str = parameter("ask", one_of(IF_EXISTS))


@dataclasses.dataclass(frozen=True)
class MarkNoiseParams(CorrectionParams):
    """Parameters of `mark_noise`."""

    items: tuple[str, ...] = parameter((), texts)
    clusters: tuple[str, ...] = parameter((), texts)
    restore: bool = parameter(False, yes_no)


@dataclasses.dataclass(frozen=True)
class ConfirmClustersParams(CorrectionParams):
    """Parameters of `confirm_clusters`."""

    clusters: tuple[str, ...] = parameter((), texts)
    name: str | None = parameter(None, text)
    if_exists: str = parameter("ask", one_of(IF_EXISTS))
    unconfirm: bool = parameter(False, yes_no)
    together: bool = parameter(False, yes_no)
    without: tuple[str, ...] = parameter((), texts)


@dataclasses.dataclass(frozen=True)
class AnswerPairParams(CorrectionParams):
    """Parameters of `answer_pair`."""

    first: str = parameter("", text)
    second: str = parameter("", text)
    answer: str = parameter("", one_of(ANSWERS))


@dataclasses.dataclass(frozen=True)
class UndoCorrectionParams(CorrectionParams):
    """Parameters of `undo_correction` and `redo_correction`."""

    to: int | None = parameter(None, whole(0))


@dataclasses.dataclass(frozen=True)
class ApplyLabelsParams(CorrectionParams):
    """Parameters of `apply_labels`."""

    label_field: str = parameter("", identifier)
    clusters: tuple[str, ...] | None = parameter(None, texts)
    on_conflict: str = parameter("error", one_of(ON_CONFLICT))


@dataclasses.dataclass(frozen=True)
class AssignNewImagesParams(CorrectionParams):
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
