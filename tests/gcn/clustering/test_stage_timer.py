"""Stages in order, and reports that share the whole."""

from gcn.clustering.stage_timer import StageTimer


def test_stages_are_timed_in_order_and_reported() -> None:
    told: list[tuple[float, str]] = []
    timer = StageTimer(lambda done, what: told.append((round(done, 3), what)))
    timer.start("First", 0.0)
    timer.stop({"images": 3}, {"recall": 0.99})
    timer.start("Second", 0.5)
    inside = timer.within(0.5, 0.9)
    assert inside is not None
    inside(0.5, "Half of it")
    timer.stop({})
    timer.finish()
    assert told == [(0.0, "First"), (0.5, "Second"), (0.7, "Half of it"), (1.0, "Clustered")]
    assert [stage.name for stage in timer.stages] == ["First", "Second"]
    assert timer.stages[0].thresholds == {"recall": 0.99}
    assert all(stage.seconds >= 0 for stage in timer.stages)


def test_nobody_needs_to_listen() -> None:
    timer = StageTimer(None)
    timer.start("Only", 0.0)
    assert timer.within(0.0, 1.0) is None
    timer.stop({})
    timer.finish()
