from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("homes", "present", "targets"),
    [
        ([0, 2, 0], [2, 0, -1], [0, 2, 0]),
        ([4, 1, 3, 4], [1], [8, 1, 7, 8]),  # what is gone gets a number each
        ([-2, 1, -2], [1], [7, 1, 7]),  # what has no home stays together
        ([-2, 3, -1, 4], [], [9, 7, 9, 8]),
        ([], [1], []),
    ],
)
def test_rows_go_home_or_to_new_clusters(
    plugin_part: Callable[[str], ModuleType],
    homes: list[int],
    present: list[int],
    targets: list[int],
) -> None:
    module = plugin_part("operators.corrections.homes")
    arrays = (np.array(homes, np.int64), np.array(present, np.int64))
    assert module.return_targets(*arrays, 7).tolist() == targets
