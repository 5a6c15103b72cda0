"""Parameters of operators: names, defaults and rules, for form, SDK and delegated runs."""

import dataclasses
import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .plain import plain

DEFAULT_BACKBONE = "efficientnet-lite0"
DEFAULT_EMBEDDINGS_FIELD = "gcn_embedding"

LARGEST = 2**63 - 1
"""What the database can hold of a whole number."""

# Values of `base` and `checkpoint` that name no trained model.
SHIPPED, SCRATCH = "shipped", "scratch"

# What FiftyOne itself, and the texts of our forms, add to the parameters of an operator.
_SYSTEM_NAMES = frozenset(
    {"view_target", "custom_view_target", "panel_id", "panel_state"}
    | {"problem", "note", "left_out", "advanced"}
)

# A name is also that of a file, so it can lead to no other folder.
_MAX_NAME = 60
_MODEL_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{_MAX_NAME - 1}}}")

# MongoDB takes neither in a query: half a character has no UTF-8, and NUL ends a pattern.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

Check = Callable[[str, Any], Any]
T = TypeVar("T")


class ParameterError(ValueError):
    """A value that a parameter cannot take; the message is one sentence for the user.

    Attributes:
        parameter: Name of the parameter, so that a form can show the sentence beside it.
    """

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


def content(name: str, value: Any) -> str:
    """Checks a text that is not stored itself: what is read from it is checked piece by piece.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The text.

    Raises:
        ParameterError: It is none.
    """
    if not isinstance(value, str):
        raise ParameterError(name, f"'{name}' must be a text (got {value!r:.80})")
    return value


def text(name: str, value: Any) -> str:
    """Checks a text; whatever a client sends as one passes through here.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The text.

    Raises:
        ParameterError: It is none, or has characters that no database can store.
    """
    if _UNSTORABLE.search(content(name, value)):
        raise ParameterError(
            name,
            f"'{name}' has characters that cannot be stored (got {value!r:.80}); type it again",
        )
    return value


def identifier(name: str, value: Any) -> str:
    """Checks the name of a field or run.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The name.

    Raises:
        ParameterError: It is no identifier.
    """
    word = text(name, value)
    if not word.isidentifier() or word.startswith("_"):
        raise ParameterError(
            name,
            f"'{name}' must start with a letter and hold only letters, digits and underscores "
            f"(got {word!r})",
        )
    return word


def _model_name(name: str, value: Any) -> str:
    word = text(name, value)
    if not _MODEL_NAME.fullmatch(word) or word.lower() in (SHIPPED, SCRATCH):
        raise ParameterError(
            name,
            f"'{name}' must start with a letter or digit, hold only letters, digits, '-' and '_', "
            f"be no longer than {_MAX_NAME} characters, and be neither '{SHIPPED}' nor "
            f"'{SCRATCH}' (got {word[:_MAX_NAME]!r})",
        )
    return word


def whole(minimum: int) -> Check:
    """Makes a check for whole numbers.

    Args:
        minimum: The smallest that will do.

    Returns:
        The check.
    """

    def check(name: str, value: Any) -> int:
        is_whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not is_whole or int(value) < minimum:
            raise ParameterError(
                name, f"'{name}' must be a whole number of at least {minimum} (got {value!r})"
            )
        if int(value) > LARGEST:
            raise ParameterError(name, f"'{name}' is too large (got {value!r:.40})")
        return int(value)

    return check


def yes_no(name: str, value: Any) -> bool:
    """Checks a choice between True and False.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The choice.

    Raises:
        ParameterError: It is neither.
    """
    if not isinstance(value, bool):
        raise ParameterError(name, f"'{name}' must be True or False (got {value!r})")
    return value


def parameter(default: Any, check: Check) -> Any:
    """Declares a parameter.

    Args:
        default: Its value when none is given.
        check: Turns a raw value into a good one, or raises a `ParameterError`.

    Returns:
        A field of a dataclass.
    """
    return dataclasses.field(default=default, metadata={"check": check})


@dataclasses.dataclass(frozen=True)
class ComputeEmbeddingsParams:
    """Parameters of `compute_embeddings`; its docstring explains each."""

    patches_field: str | None = parameter(None, identifier)
    embeddings_field: str = parameter(DEFAULT_EMBEDDINGS_FIELD, identifier)
    backbone: str = parameter(DEFAULT_BACKBONE, text)
    batch_size: int | None = parameter(None, whole(1))
    only_missing: bool = parameter(False, yes_no)


@dataclasses.dataclass(frozen=True)
class SourceParams:
    """Where embeddings come from: parameters of each operator that reads them."""

    patches_field: str | None = parameter(None, identifier)
    embeddings_field: str | None = parameter(None, identifier)
    brain_key: str | None = parameter(None, text)
    backbone: str | None = parameter(None, text)
    batch_size: int | None = parameter(None, whole(1))


@dataclasses.dataclass(frozen=True)
class ClusterImagesParams(SourceParams):
    """Parameters of `cluster_images`; its docstring explains each."""

    checkpoint: str | None = parameter(None, text)
    k: int | None = parameter(None, whole(1))
    seed: int = parameter(0, whole(0))
    cluster_field: str = parameter("cluster", identifier)
    run_key: str | None = parameter(None, identifier)
    save_view: bool = parameter(True, yes_no)
    overwrite: bool = parameter(False, yes_no)
    keep_corrections: bool = parameter(True, yes_no)


@dataclasses.dataclass(frozen=True)
class ListRunsParams:
    """`list_runs` takes no parameters."""


@dataclasses.dataclass(frozen=True)
class LoadRunParams:
    """Parameters of `load_run`."""

    run_key: str = parameter("", text)
    corrections: bool = parameter(True, yes_no)


@dataclasses.dataclass(frozen=True)
class DeleteRunParams:
    """Parameters of `delete_run`."""

    run_key: str = parameter("", text)
    delete_embeddings: bool = parameter(False, yes_no)


@dataclasses.dataclass(frozen=True)
class EvaluateClustersParams:
    """Parameters of `evaluate_clusters`; its docstring explains each."""

    run_key: str | None = parameter(None, text)
    label_field: str | None = parameter(None, text)
    save_views: bool = parameter(True, yes_no)


@dataclasses.dataclass(frozen=True)
class TrainModelParams(SourceParams):
    """Parameters of `train_model`; its docstring explains each."""

    label_field: str | None = parameter(None, text)
    base: str = parameter(SHIPPED, text)
    seed: int = parameter(0, whole(0))
    name: str | None = parameter(None, _model_name)
    overwrite: bool = parameter(False, yes_no)


def parse(cls: type[T], values: Mapping[str, Any]) -> T:
    """Checks raw values and builds the parameters of one operator.

    Args:
        cls: The parameters' dataclass.
        values: Raw values by name, from a form, a call or a stored request. None and ""
            stand for the default.

    Returns:
        The checked parameters.

    Raises:
        ParameterError: A name is unknown, or a value breaks its parameter's rule.
    """
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields and name not in _SYSTEM_NAMES:
            raise ParameterError(name, _unknown_name(name, list(fields)))
    checked = {
        name: field.metadata["check"](name, value)
        for name, field in fields.items()
        if (value := plain(values.get(name))) is not None and value != ""
    }
    return cls(**checked)


def nearest(name: str, known: list[str]) -> str:
    """Words a hint for a name that does not exist.

    Args:
        name: The unknown name.
        known: The names there are.

    Returns:
        "did you mean 'x'?", or the first few names, or a remark that there are none.
    """
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    shown = [f"'{other}'" for other in sorted(known)[:5]]
    more = f" and {len(known) - 5} more" if len(known) > 5 else ""
    return f"there are {', '.join(shown)}{more}" if known else "there are none"


def _unknown_name(name: str, known: list[str]) -> str:
    return f"{name!r:.80} is not a parameter of this operator; {nearest(name, known)}"
