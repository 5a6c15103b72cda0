from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from bson import ObjectId


@pytest.fixture
def ids(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.documents.ids")


def test_packed_ids_are_their_bytes(ids: ModuleType) -> None:
    raw = np.random.default_rng(0).bytes(12 * 100)
    texts = [raw[start : start + 12].hex() for start in range(0, len(raw), 12)]
    texts += ["0" * 24, "AB" * 12, "ab00" * 6]
    packed = ids.ids_of(iter(texts))
    assert packed.tobytes() == b"".join(ObjectId(text).binary for text in texts)
    assert ids.texts_of(packed) == [text.lower() for text in texts]
    assert ids.object_ids(packed) == [ObjectId(text) for text in texts]
    assert ids.ids_of([]).tolist() == []
    assert ids.ids_of([ObjectId(text) for text in texts]).tobytes() == packed.tobytes()


@pytest.mark.parametrize("wrong", ["", "ab" * 11, "xy" * 12, "a" * 23 + " ", 7, ["a"] * 24])
def test_what_is_no_id_is_refused(ids: ModuleType, wrong: Any) -> None:
    with pytest.raises(ValueError, match="'items' must hold ids of images or patches"):
        ids.ids_of(["ab" * 12, wrong])
    with pytest.raises(ValueError, match="'these' must hold ids"):
        ids.ids_of([wrong, "ab" * 12], "these")
