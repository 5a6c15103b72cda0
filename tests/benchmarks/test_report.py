from benchmarks.report import BEST, DEFAULT, OURS, PEER, TUNED, Row, best_peers, table
from gcn.evaluation.metrics import evaluate


def row(
    dataset: str,
    method: str,
    good: bool,
    group: str = PEER,
    part: str = "all",
    choice: str = BEST,
    model: str = "",
) -> Row:
    scores = evaluate([0, 0, 1, 1], [0, 0, 1, 1] if good else [0, 0, 0, 0])
    return Row(dataset, part, method, group, choice, scores, 0.1, model=model)


BAD = evaluate([0, 0, 1, 1], [0, 0, 0, 0]).mean_f


def test_table_has_a_line_per_method_and_a_column_per_set() -> None:
    rows = [
        row("one", "peer", True),
        row("two", "peer", False),
        row("one", "ours", False, OURS, choice=DEFAULT),
        row("two", "ours", True, OURS, choice=DEFAULT),
    ]
    lines = {line.split("  ")[0]: line.split()[-3:] for line in table(rows, "all").splitlines()}
    assert lines["all classes"] == ["one", "two", "mean"]
    average = f"{(1 + BAD) / 2:.3f}"
    assert lines["peer, best"] == ["1.000", f"{BAD:.3f}", average]
    assert lines["ours"] == [f"{BAD:.3f}", "1.000", average]
    assert lines["BEST PEER, best"] == ["1.000", f"{BAD:.3f}", average]


def test_several_models_give_mean_and_deviation() -> None:
    rows = [row("one", "ours", good, OURS, model=str(good)) for good in (True, False)]
    assert f"{(1 + BAD) / 2:.3f} ± " in table(rows, "all")


def test_a_set_without_a_score_shows_a_dash_and_no_mean() -> None:
    rows = [row("one", "first", True), row("two", "first", True), row("one", "second", True)]
    (line,) = [line for line in table(rows, "all").splitlines() if line.startswith("second")]
    assert line.split()[-2:] == ["1.000", "-"]


def test_best_peer_is_taken_set_by_set_and_from_peers_alone() -> None:
    rows = [
        row("one", "first", False),
        row("one", "second", True),
        row("two", "first", False),
        row("two", "ours", True, OURS),
        row("two", "second", True, choice=TUNED),
        row("two", "second", True, part="val"),
    ]
    assert best_peers(rows, "all", BEST) == {"one": 1.0, "two": BAD}


def test_rows_are_plain_values() -> None:
    plain = row("one", "peer", True).as_dict()
    assert plain["mean_f"] == plain["bcubed_f"] == 1.0
    assert "scores" not in plain
