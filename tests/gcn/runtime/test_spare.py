"""Room that workers take turns with."""

from itertools import count

import pytest

from gcn.runtime.spare import Spare


def test_room_is_made_only_where_none_is_free() -> None:
    spare = Spare(count().__next__)
    for _ in range(3):
        with spare.lent() as first:
            assert first == 0
            with spare.lent() as second:
                assert second == 1


def test_room_is_free_again_after_an_error() -> None:
    spare = Spare(count().__next__)
    with pytest.raises(RuntimeError), spare.lent():
        raise RuntimeError
    with spare.lent() as again:
        assert again == 0
