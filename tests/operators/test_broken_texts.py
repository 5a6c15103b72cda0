"""Texts that no database can store: wherever they come in, one sentence says so."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Run = Callable[..., dict[str, Any]]

# Half a character, alone or in a name, and the end of a text in C.
BROKEN = ["\ud800", "Tom\udfff", "c00000\x00"]


def parameters_of(part: Part) -> Iterator[tuple[type, str]]:
    """Every parameter of every operator, but the log to import: that is read line by line."""
    for name in ("operator_params", "correction_params"):
        module = part(f"operators.base.{name}")
        for cls in vars(module).values():
            if isinstance(cls, type) and dataclasses.is_dataclass(cls):
                names = [field.name for field in dataclasses.fields(cls)]
                yield from ((cls, name) for name in names if name != "lines")


def check_sentence(error: Exception) -> None:
    """It can be sent to the App and written to a terminal, on one line of moderate length."""
    message = str(error)
    assert message.encode("utf-8").decode() == message
    assert "\x00" not in message
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize("text", BROKEN)
def test_no_parameter_takes_them(plugin_part: Part, text: str) -> None:
    params = plugin_part("operators.base.params")
    found = list(parameters_of(plugin_part))
    assert len(found) > 60
    for cls, name in found:
        for value in (text, [text], [[text]]):
            with pytest.raises(params.ParameterError) as caught:
                params.parse(cls, {name: value})
            check_sentence(caught.value)
            assert caught.value.parameter == name


@pytest.mark.parametrize("text", BROKEN)
def test_nor_can_a_parameter_be_called_so(plugin_part: Part, text: str) -> None:
    params = plugin_part("operators.base.params")
    kinds = plugin_part("operators.base.operator_params")
    with pytest.raises(params.ParameterError, match="is not a parameter") as caught:
        params.parse(kinds.ListRunsParams, {text: 1})
    check_sentence(caught.value)


def test_every_form_can_be_sent_with_the_sentence_in_it(
    plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext, Executor

    parameters = list(parameters_of(plugin_part))
    ours = [one for one in foo.list_operators() if one.uri.startswith("@autolabel/gcn/")]
    operators = [one for one in ours if one.config.name != "cluster_review"]
    assert len(operators) > 20

    def is_told(operator: foo.Operator, *names: str) -> bool:
        request = {"dataset_name": clustered.name, "params": dict.fromkeys(names, BROKEN[1])}
        ctx = ExecutionContext(request, executor=Executor(), operator_uri=operator.uri)
        form = operator.resolve_input(ctx)
        shown = json.dumps(form and form.to_json(), ensure_ascii=False)
        assert shown.encode("utf-8")
        return "cannot be stored" in shown

    known = 0
    for one in operators:
        kind = f"{type(one).__name__}Params"
        known += sum(is_told(one, name) for cls, name in parameters if cls.__name__ == kind)
        is_told(one, *(name for _, name in parameters))  # with those that it does not know
    assert known > 40


@pytest.mark.parametrize("text", BROKEN)
def test_what_reads_clusters_refuses_them(
    plugin_part: Part, clustered: "fo.Dataset", text: str
) -> None:
    reads = plugin_part("operators.corrections.reads")
    calls: list[Callable[[], object]] = [
        lambda: reads.list_clusters(clustered, search=text),
        lambda: reads.list_clusters(clustered, sort=text),
        lambda: reads.list_clusters(clustered, state=text),
        lambda: reads.list_clusters(clustered, run_key=text),
        lambda: reads.list_names(clustered, prefix=text),
        lambda: reads.read_cluster(clustered, text),
        lambda: reads.item_ids(clustered, text),
        lambda: reads.cluster_view(clustered, text),
        lambda: reads.review_progress(clustered, ground_truth=text),
    ]
    for call in calls:
        with pytest.raises(plugin_part("operators.base.params").ParameterError) as caught:
            call()
        check_sentence(caught.value)


@pytest.mark.parametrize("text", BROKEN)
def test_a_log_with_them_is_damaged(plugin_part: Part, clustered: "fo.Dataset", text: str) -> None:
    write = plugin_part("operators.correcting")
    write.confirm_clusters(clustered, ["c00000"])
    whole = write.export_corrections(clustered)["lines"]
    plugin_part("operators").load_run(clustered, "cluster", corrections=False)
    for lines in (text, text + whole, whole + text, whole.replace("Confirmed", text)):
        with pytest.raises(plugin_part("operators.base.params").ParameterError) as caught:
            write.import_corrections(clustered, lines=lines)
        check_sentence(caught.value)
    assert write.import_corrections(clustered, lines=whole)["entries"] == 1


def test_the_registry_tells_it_in_the_last_line(run: Run, clustered: "fo.Dataset") -> None:
    for name, params in (
        ("confirm_clusters", {"clusters": ["\ud800"]}),
        ("mark_noise", {"clusters": ["\ud800"]}),
        ("load_run", {"run_key": "\ud800"}),
        ("export_corrections", {"path": "\ud800"}),
        ("import_corrections", {"path": "\ud800"}),
        ("evaluate_clusters", {"label_field": "\ud800"}),
    ):
        with pytest.raises(Exception, match="characters that cannot be stored") as caught:
            run(name, clustered, **params)
        check_sentence(ValueError(str(caught.value).strip().splitlines()[-1]))
