"""A store that keeps what was put last."""

from collections.abc import Callable
from types import ModuleType


def test_only_the_keys_that_were_put_last_are_kept(
    plugin_part: Callable[[str], ModuleType],
) -> None:
    recent = plugin_part("operators.base.recent")
    store = recent.Recent()
    for number in range(recent.MOST):
        store.put(str(number), number)
    store.put("0", -1)
    store.put("new", 0)
    assert store.get("0") == -1
    assert store.get("1") is None
    assert [store.get(key) for key in ("2", "new")] == [2, 0]
