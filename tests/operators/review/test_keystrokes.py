"""What is typed on needs no answer, and a slow answer to the first letters is not shown."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.operators.review.conftest import Answer, Send, WhileDrawn
from tests.operators.review.test_offered_names import offered, typing

if TYPE_CHECKING:
    import fiftyone as fo


def test_an_answer_that_more_typing_overtakes_is_not_shown(
    send: Send, many_names: "fo.Dataset", while_drawn: WhileDrawn
) -> None:
    state = send(many_names, "open_cluster", cluster="c00100").state
    later = list[Answer]()

    def type_words(words: str) -> Answer:
        return send(many_names, "complete_name", state | typing("name", words), value=words)

    while_drawn(lambda: later.append(type_words("kind 298")))
    first = type_words("kind")
    assert not first.sent("show_panel_output")
    assert "kind 2987" in offered(later[0], "name")


@pytest.mark.parametrize("event", ["complete_name", "search_clusters"])
def test_of_keys_in_quick_succession_the_last_one_is_answered(
    send: Send,
    many_names: "fo.Dataset",
    plugin_part: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    event: str,
) -> None:
    keystrokes = plugin_part("operators.review.keystrokes")
    state = send(many_names, "open_cluster", cluster="c00100").state
    # As long as the slowest machine needs to begin with three events.
    monkeypatch.setattr(keystrokes, "PAUSE", 2.0)
    with ThreadPoolExecutor(3) as browser:
        answers = list(
            browser.map(
                lambda words: send(many_names, event, state, value=words), ["k", "ki", "ki"]
            )
        )
    assert sum(bool(answer.sent("show_panel_output")) for answer in answers) == 1


def test_what_is_typed_in_another_panel_overtakes_nothing(
    plugin_part: Callable[[str], ModuleType],
) -> None:
    keystrokes = plugin_part("operators.review.keystrokes")
    first, other = keystrokes.note("p1"), keystrokes.note("p2")
    assert keystrokes.is_last("p1", first)
    assert keystrokes.is_last_after_pause("p2", other)
    keystrokes.note("p1")
    assert not keystrokes.is_last("p1", first)
    assert keystrokes.is_last("p2", other)
