import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks import profile
from gcn.evaluation.metrics import evaluate


def test_a_thread_that_works_counts_and_one_that_waits_does_not() -> None:
    labels = [*range(200_000)]
    with profile.Sampler() as sampler, ThreadPoolExecutor(1) as pool:
        sampler.report(0.0, "Stage: step")
        pool.submit(evaluate, labels, labels).result()
        sampler.report(0.5, "Other")
        threading.Event().wait(0.1)
    functions = Counter(stack[0].function for stack in sampler.samples["Stage"].elements())
    assert set(functions) == {"evaluate"}
    assert sampler.samples["Other"].total() == 0


def test_a_line_of_the_library_is_found_by_its_share() -> None:
    labels = [*range(200_000)]
    with profile.Sampler() as sampler:
        sampler.report(0.0, "Scores")
        evaluate(labels, labels)
    said = profile.table(sampler.samples, {"Scores": 1.0})
    assert said[0] == "Scores: 1.00 s"
    assert any(f"{name}.py:" in said[1] for name in ("metrics", "labels"))


def test_shares_add_up_to_the_whole_and_stacks_are_kept() -> None:
    one, other = profile.Line("knn.py", 1, "f"), profile.Line("graph.py", 2, "g")
    samples = {"Stage": Counter({(one,): 30, (one, other): 70})}
    said = profile.table(samples, {"Stage": 2.0, "Unseen": 0.0})
    assert [line.split()[0] for line in said] == ["Stage:", "70", "30", "Unseen:"]
    assert profile.folded(samples) == ["Stage;knn.py:f:1 30", "Stage;knn.py:f:1;graph.py:g:2 70"]


@pytest.mark.slow
def test_profile_prints_every_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "stacks.folded"
    profile.main(["--images", "2000", "--folded", str(out)])
    said = capsys.readouterr().out
    for stage in ("Relevant components", "Nearest neighbors", "GCN-V", "GCN-C and merging"):
        assert f"\n{stage}: " in said
    assert "gcn_v_inference.py:" in said
    assert any(line.startswith("GCN-V;") for line in out.read_text().splitlines())
