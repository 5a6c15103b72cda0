"""The images or patches that a task works on, by their ids."""

import dataclasses
from collections.abc import Iterator


@dataclasses.dataclass(frozen=True)
class Items:
    """The items of a target, fixed at the start of a run.

    Attributes:
        ids: Sample ids of images, label ids of patches; length N.
        sample_ids: The sample of each item; for images the same as `ids`.
    """

    ids: tuple[str, ...]
    sample_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def chunks(self, size: int) -> Iterator["Items"]:
        """Cuts the items into runs of at most `size`.

        Args:
            size: Number of items in a chunk.

        Yields:
            The chunks, in order.
        """
        for start in range(0, len(self), size):
            stop = start + size
            yield Items(self.ids[start:stop], self.sample_ids[start:stop])

    def keep(self, positions: list[int]) -> "Items":
        """Keeps the items at the given positions.

        Args:
            positions: Positions between 0 and N - 1.

        Returns:
            Those items, in the order of `positions`.
        """
        return Items(
            tuple(self.ids[i] for i in positions), tuple(self.sample_ids[i] for i in positions)
        )
