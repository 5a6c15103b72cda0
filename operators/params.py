"""The parameters of each operator: names, defaults and rules, for form, SDK and delegated runs."""

import dataclasses
import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

DEFAULT_BACKBONE = "efficientnet-lite0"
DEFAULT_EMBEDDINGS_FIELD = "gcn_embedding"

# Values of `base` and `checkpoint` that name no trained model.
SHIPPED, SCRATCH = "shipped", "scratch"

# What FiftyOne itself, and the texts of our forms, add to the parameters of an operator.
_SYSTEM_NAMES = frozenset(
    {"view_target", "custom_view_target", "panel_id", "panel_state"}
    | {"problem", "note", "advanced"}
)

# A name is also that of a file, so it can lead to no other folder.
_MAX_NAME = 60
_MODEL_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{_MAX_NAME - 1}}}")

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


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ParameterError(name, f"'{name}' must be a text (got {value!r})")
    return value


def _identifier(name: str, value: Any) -> str:
    text = _text(name, value)
    if not text.isidentifier() or text.startswith("_"):
        raise ParameterError(
            name,
            f"'{name}' must start with a letter and hold only letters, digits and underscores "
            f"(got {text!r})",
        )
    return text


def _model_name(name: str, value: Any) -> str:
    text = _text(name, value)
    if not _MODEL_NAME.fullmatch(text) or text.lower() in (SHIPPED, SCRATCH):
        raise ParameterError(
            name,
            f"'{name}' must start with a letter or digit, hold only letters, digits, '-' and '_', "
            f"be no longer than {_MAX_NAME} characters, and be neither '{SHIPPED}' nor "
            f"'{SCRATCH}' (got {text[:_MAX_NAME]!r})",
        )
    return text


def _whole(minimum: int) -> Check:
    def check(name: str, value: Any) -> int:
        is_whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not is_whole or int(value) < minimum:
            raise ParameterError(
                name, f"'{name}' must be a whole number of at least {minimum} (got {value!r})"
            )
        return int(value)

    return check


def _yes_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ParameterError(name, f"'{name}' must be True or False (got {value!r})")
    return value


def _parameter(default: Any, check: Check) -> Any:
    return dataclasses.field(default=default, metadata={"check": check})


@dataclasses.dataclass(frozen=True)
class ComputeEmbeddingsParams:
    """Parameters of `compute_embeddings`; its docstring explains each."""

    patches_field: str | None = _parameter(None, _identifier)
    embeddings_field: str = _parameter(DEFAULT_EMBEDDINGS_FIELD, _identifier)
    backbone: str = _parameter(DEFAULT_BACKBONE, _text)
    batch_size: int | None = _parameter(None, _whole(1))
    only_missing: bool = _parameter(False, _yes_no)


@dataclasses.dataclass(frozen=True)
class SourceParams:
    """Where embeddings come from: parameters of each operator that reads them."""

    patches_field: str | None = _parameter(None, _identifier)
    embeddings_field: str | None = _parameter(None, _identifier)
    brain_key: str | None = _parameter(None, _text)
    backbone: str | None = _parameter(None, _text)
    batch_size: int | None = _parameter(None, _whole(1))


@dataclasses.dataclass(frozen=True)
class ClusterImagesParams(SourceParams):
    """Parameters of `cluster_images`; its docstring explains each."""

    checkpoint: str | None = _parameter(None, _text)
    k: int | None = _parameter(None, _whole(1))
    seed: int = _parameter(0, _whole(0))
    cluster_field: str = _parameter("cluster", _identifier)
    run_key: str | None = _parameter(None, _identifier)
    save_view: bool = _parameter(True, _yes_no)
    overwrite: bool = _parameter(False, _yes_no)


@dataclasses.dataclass(frozen=True)
class ListRunsParams:
    """`list_runs` takes no parameters."""


@dataclasses.dataclass(frozen=True)
class LoadRunParams:
    """Parameters of `load_run`."""

    run_key: str = _parameter("", _text)


@dataclasses.dataclass(frozen=True)
class DeleteRunParams:
    """Parameters of `delete_run`."""

    run_key: str = _parameter("", _text)
    delete_embeddings: bool = _parameter(False, _yes_no)


@dataclasses.dataclass(frozen=True)
class EvaluateClustersParams:
    """Parameters of `evaluate_clusters`; its docstring explains each."""

    run_key: str | None = _parameter(None, _text)
    label_field: str | None = _parameter(None, _text)
    save_views: bool = _parameter(True, _yes_no)


@dataclasses.dataclass(frozen=True)
class TrainModelParams(SourceParams):
    """Parameters of `train_model`; its docstring explains each."""

    label_field: str | None = _parameter(None, _text)
    base: str = _parameter(SHIPPED, _text)
    seed: int = _parameter(0, _whole(0))
    name: str | None = _parameter(None, _model_name)
    overwrite: bool = _parameter(False, _yes_no)


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
        name: field.metadata["check"](name, values[name])
        for name, field in fields.items()
        if values.get(name) is not None and values.get(name) != ""
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
    return f"'{name}' is not a parameter of this operator; {nearest(name, known)}"
