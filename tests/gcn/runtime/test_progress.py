"""Progress of a part of the work as progress of the whole."""

from gcn.runtime.progress import named, share


def test_share_maps_a_part_into_its_place() -> None:
    seen: list[tuple[float, str]] = []
    part = share(lambda done, what: seen.append((done, what)), 0.2, 0.6)
    assert part is not None
    for done in (0.0, 0.5, 1.0):
        part(done, "Working")
    assert [round(done, 9) for done, _ in seen] == [0.2, 0.4, 0.6]
    assert {what for _, what in seen} == {"Working"}


def test_shares_nest() -> None:
    seen: list[float] = []
    outer = share(lambda done, what: seen.append(done), 0.5, 1.0)
    inner = share(outer, 0.0, 0.5)
    assert inner is not None
    inner(1.0, "")
    assert seen == [0.75]


def test_no_progress_stays_none() -> None:
    assert share(None, 0.0, 1.0) is None
    assert named(None, "Working") is None


def test_a_part_of_a_stage_is_told_as_the_stage() -> None:
    seen: list[tuple[float, str]] = []
    part = named(lambda done, what: seen.append((done, what)), "Stage")
    assert part is not None
    part(0.5, "Step")
    assert seen == [(0.5, "Stage")]
