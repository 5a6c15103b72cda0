"""The command line: as a real process where it counts, and each wrong input in one line."""

import fcntl
import os
import pty
import resource
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import numpy as np
import pytest

from gcn import cluster, evaluate, load_model
from gcn.__main__ import main
from gcn.command_line.interrupts import ending_at_once

from .conftest import Blobs, MakeBlobs

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "gcn")


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    return make_blobs(sizes=(40, 30, 20, 15, 10, 10), dim=24, noise=0.5)


@pytest.fixture
def folder(tmp_path: Path, blobs: Blobs) -> Path:
    np.save(tmp_path / "features.npy", blobs.embeddings.astype(np.float16))
    np.save(tmp_path / "labels.npy", blobs.labels.astype(np.int32))
    return tmp_path


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def open_terminal() -> tuple[int, int]:
    """A terminal of 24 lines and 80 columns: the end to read, and the end for the process."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return ours, theirs


def read_terminal(descriptor: int, until: bytes, seconds: float) -> bytes:
    """Reads what a process draws on its terminal until `until` appears or it ends."""
    seen, deadline = b"", time.monotonic() + seconds
    while until not in seen and time.monotonic() < deadline:
        if not select.select([descriptor], [], [], 0.5)[0]:
            continue
        try:
            seen += os.read(descriptor, 4096)
        except OSError:  # the process has ended
            break
    return seen


def test_cluster_writes_labels_and_a_summary_and_nothing_else(
    folder: Path, blobs: Blobs, capfd: pytest.CaptureFixture[str]
) -> None:
    out = folder / "out.npy"
    assert main(["cluster", str(folder / "features.npy"), "--out", str(out)]) == 0
    printed, told = capfd.readouterr()
    assert told == ""
    labels = np.load(out)
    assert (labels.shape, labels.dtype) == ((125,), np.int64)
    expected = cluster(blobs.embeddings.astype(np.float16), load_model()).labels
    np.testing.assert_array_equal(labels, expected)
    first, *stages, last = printed.splitlines()
    assert first.startswith(f"125 images in {expected.max() + 1} clusters; largest ")
    assert len(stages) == 11
    assert all(" s  " in stage for stage in stages)
    assert last == f"labels written to {out}"
    assert {path.name for path in folder.iterdir()} == {"features.npy", "labels.npy", "out.npy"}


def test_a_wrong_file_ends_with_one_line_and_code_2(folder: Path) -> None:
    done = run("cluster", folder / "gone.npy", "--out", folder / "out.npy")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: there is no file '{folder / 'gone.npy'}'\n"


def test_progress_is_drawn_on_a_terminal(folder: Path) -> None:
    terminal, theirs = open_terminal()
    arguments = ["cluster", folder / "features.npy", "--out", folder / "out.npy"]
    command = [*COMMAND, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        drawn = read_terminal(terminal, b"until it ends", seconds=60)
        assert process.stdout is not None
        summary = process.stdout.read().decode()
    os.close(terminal)
    assert process.returncode == 0
    assert all(stage in drawn for stage in (b"Nearest neighbors", b"GCN-V", b"Pruning"))
    assert b" 70%" in drawn
    assert b" left: GCN-V" in drawn
    assert "%" not in summary


def test_ctrl_c_ends_with_130_and_leaves_no_file(folder: Path) -> None:
    before = sorted(folder.iterdir())
    terminal, theirs = open_terminal()
    arguments = ["train", folder / "features.npy", folder / "labels.npy", "--out", folder / "m.pt"]
    command = [*COMMAND, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        drawn = read_terminal(terminal, b"%", seconds=60)
        process.send_signal(signal.SIGINT)
        last = read_terminal(terminal, b"until it ends", seconds=60)
        assert process.wait(timeout=10) == 130
    os.close(terminal)
    assert b"%" in drawn
    assert b"error: interrupted; nothing was written" in last
    assert b"Traceback" not in last
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "loaded", ["gcn.command_line.parser", "numpy", "torch", "torch_geometric.nn"]
)
def test_ctrl_c_while_libraries_load_ends_with_130_and_a_sentence(
    folder: Path, loaded: str
) -> None:
    line = ["cluster", folder / "features.npy", "--out", folder / "c.npy"]
    command = [sys.executable, "-X", "importtime", *COMMAND[1:], *map(str, line)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(told.split("|")[-1].strip() == loaded for told in process.stderr)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert rest.endswith("error: interrupted; nothing was written\n")
    assert "gcn.command_line.commands" not in rest
    assert "Traceback" not in rest
    assert not (folder / "c.npy").exists()


def test_an_interrupt_that_is_ignored_stays_ignored_while_libraries_load() -> None:
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ending_at_once():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, usual)


def test_help_loads_none_of_the_libraries() -> None:
    asked = "import sys; from gcn.__main__ import main\ntry: main(['--help'])\n"
    asked += "except SystemExit: print({'numpy', 'torch', 'faiss'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_evaluate_prints_every_score(
    folder: Path, blobs: Blobs, capsys: pytest.CaptureFixture[str]
) -> None:
    predicted = np.where(np.arange(125) % 7 == 0, -1, blobs.labels).astype(np.int16)
    np.save(folder / "predicted.npy", predicted)
    assert main(["evaluate", str(folder / "labels.npy"), str(folder / "predicted.npy")]) == 0
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
    scores = evaluate(blobs.labels, predicted).as_dict()
    assert list(printed) == list(scores)
    for name, value in scores.items():
        assert float(printed[name]) == pytest.approx(value, abs=1e-4)


@pytest.mark.slow
def test_train_writes_a_checkpoint_that_clusters(folder: Path) -> None:
    features, labels, out = (folder / name for name in ("features.npy", "labels.npy", "m.pt"))
    done = run(
        "train", features, labels, "--out", out, "--base", ROOT / "gcn/checkpoints/universal.pt"
    )
    assert (done.returncode, done.stderr) == (0, "")
    model = load_model(out)
    assert done.stdout == (
        f"trained on 125 images of 6 classes\nmodel {model.sha256[:12]} written to {out}\n"
    )
    assert (
        main(["cluster", str(features), "--out", str(folder / "c.npy"), "--model", str(out)]) == 0
    )
    assert np.load(folder / "c.npy").shape == (125,)


def test_k_and_seed_reach_the_method(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["cluster", str(folder / "features.npy"), "--out", str(folder / "c.npy")]
    assert main([*arguments, "--k", "7", "--seed", "3"]) == 0
    assert "k 7" in capsys.readouterr().out


def test_the_number_of_clusters_reaches_the_method(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["cluster", str(folder / "features.npy"), "--out", str(folder / "c.npy")]
    assert main([*arguments, "--num-clusters", "2"]) == 0
    assert np.load(folder / "c.npy").max() == 1
    assert "made_clusters 2" in capsys.readouterr().out


def test_an_existing_output_is_replaced(folder: Path) -> None:
    out = folder / "c.npy"
    out.write_bytes(b"old")
    assert main(["cluster", str(folder / "features.npy"), "--out", str(out)]) == 0
    assert np.load(out).shape == (125,)


def test_an_output_name_is_taken_as_it_is(folder: Path) -> None:
    assert main(["cluster", str(folder / "features.npy"), "--out", str(folder / "c.dat")]) == 0
    assert np.load(folder / "c.dat").shape == (125,)


@pytest.mark.parametrize("command", [[], ["cluster"], ["train"], ["evaluate"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "usage: python -m gcn" in capsys.readouterr().out


class Trap:
    """Pickles as a call that makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


@pytest.fixture
def wrong_files(folder: Path, blobs: Blobs) -> Path:
    x = blobs.embeddings
    np.save(folder / "one_dimension.npy", x[0])
    np.save(folder / "text.npy", np.array([["a", "b"], ["c", "d"]]))
    np.save(folder / "no_rows.npy", np.zeros((0, 5), np.float32))
    np.save(folder / "nan.npy", np.where(np.arange(125)[:, None] == 4, np.nan, x))
    np.save(folder / "objects.npy", np.array([Trap(folder / "sprung")], object), allow_pickle=True)
    np.save(folder / "float_labels.npy", blobs.labels.astype(np.float32))
    np.save(folder / "short_labels.npy", blobs.labels[:100])
    np.save(folder / "unknown.npy", np.full(125, -1))
    np.save(folder / "beyond.npy", blobs.labels.astype(np.uint64) + 2**63)
    np.savez(folder / "archive.npz", features=x)
    whole = (folder / "features.npy").read_bytes()
    (folder / "truncated.npy").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.npy").touch()
    (folder / "notes.txt").write_text("a list\nof words\n")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    return folder


FEATURES = "cluster {} --out c.npy"
LABELS = "train features.npy {} --out m.pt"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (FEATURES.format("gone.npy"), "there is no file 'gone.npy'"),
        (FEATURES.format("sub"), "'sub' cannot be read (Is a directory)"),
        (FEATURES.format("archive.npz"), "'archive.npz' is no complete .npy file of plain numbers"),
        (FEATURES.format("truncated.npy"), "'truncated.npy' is no complete .npy file"),
        (FEATURES.format("empty.npy"), "'empty.npy' is no complete .npy file"),
        (FEATURES.format("notes.txt"), "'notes.txt' is no complete .npy file"),
        (FEATURES.format("objects.npy"), "'objects.npy' is no complete .npy file"),
        (FEATURES.format("one_dimension.npy"), "(got float32, shape (24,))"),
        (FEATURES.format("text.npy"), "(got <U1, shape (2, 2))"),
        (FEATURES.format("no_rows.npy"), "(got shape (0, 5))"),
        (FEATURES.format("nan.npy"), "1 of 125 rows hold NaN or infinity (the first is row 4)"),
        (FEATURES.format("features.npy") + " --k 0", "'k' must be at least 1 (got 0)"),
        (FEATURES.format("features.npy") + " --k 125", "(got k=125, N=125)"),
        (FEATURES.format("features.npy") + " --k many", "argument --k: invalid int value: 'many'"),
        (
            FEATURES.format("features.npy") + " --num-clusters 126",
            "'num_clusters' must be from 1 to the number of embeddings, 125 (got 126)",
        ),
        (FEATURES.format("features.npy") + " --model gone.pt", "no checkpoint at 'gone.pt'"),
        (
            FEATURES.format("features.npy") + " --model notes.txt",
            "'notes.txt' is not a readable checkpoint",
        ),
        ("cluster features.npy", "the following arguments are required: --out"),
        ("cluster features.npy --out sub", "--out must name a file ('sub' is a folder)"),
        (
            "cluster features.npy --out pipe",
            "--out must name a file ('pipe' is a device",
        ),
        ("cluster features.npy --out no/c.npy", "the folder of --out does not exist ("),
        ("cluster features.npy --out features.npy", "--out must differ from the inputs"),
        ("cluster features.npy --out ./sub/../features.npy", "--out must differ from the inputs"),
        (LABELS.format("gone.npy"), "there is no file 'gone.npy'"),
        (LABELS.format("float_labels.npy"), "(got float32, shape (125,))"),
        (LABELS.format("features.npy"), "(got float16, shape (125, 24))"),
        (LABELS.format("short_labels.npy"), "(got dtype int64, shape (100,) for 125 embeddings)"),
        (LABELS.format("unknown.npy"), "at least 4 classes of two or more images (got 0)"),
        (LABELS.format("beyond.npy"), "'labels' must fit into 64 bits with a sign (got 9223372036"),
        (LABELS.format("labels.npy") + " --base notes.txt", "is not a readable checkpoint"),
        ("evaluate labels.npy short_labels.npy", "(got 125 and 100 labels)"),
        ("evaluate unknown.npy labels.npy", "the class of at least one image"),
        ("evaluate beyond.npy labels.npy", "'labels_true' must fit into 64 bits with a sign"),
        ("evaluate labels.npy float_labels.npy", "'float_labels.npy' must hold integers"),
        ("evaluate labels.npy", "the following arguments are required: predicted"),
        ("conquer labels.npy", "argument command: invalid choice: 'conquer'"),
        ("", "the following arguments are required: command"),
    ],
)
def test_wrong_input_gives_one_line_and_code_2(
    line: str,
    error: str,
    wrong_files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(wrong_files)
    before = sorted(wrong_files.rglob("*"))
    try:
        code = main(line.split())
    except SystemExit as ended:
        code = ended.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert error in err
    assert err.count("\n") == 1
    assert sorted(wrong_files.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_found_before_the_work(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = folder / "locked"
    locked.mkdir(mode=0o500)
    out = locked / "c.npy"
    assert main(["cluster", str(folder / "features.npy"), "--out", str(out)]) == 2
    assert "may not be written to" in capsys.readouterr().err


def test_a_full_disk_leaves_the_old_labels_and_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "c.npy"
    out.write_bytes(b"old")
    usual, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, most))
    try:
        code = main(["cluster", str(folder / "features.npy"), "--out", str(out)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
    assert code == 2
    assert capsys.readouterr().err == (
        f"error: there is no room on the disk for '{out}'; free some space and run again\n"
    )
    assert out.read_bytes() == b"old"
    assert {path.name for path in folder.iterdir()} == {"features.npy", "labels.npy", "c.npy"}


def test_ctrl_c_keeps_finished_stages_and_the_same_command_goes_on(folder: Path) -> None:
    work = folder / "work"
    line = ["cluster", folder / "features.npy", "--out", folder / "c.npy", "--work-dir", work]
    terminal, theirs = open_terminal()
    command = [*COMMAND, *map(str, line)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        read_terminal(terminal, b"GCN-V", seconds=60)
        process.send_signal(signal.SIGINT)
        last = read_terminal(terminal, b"until it ends", seconds=60)
        assert process.wait(timeout=10) == 130
    os.close(terminal)
    told = b"error: interrupted; the same command goes on from '" + str(work).encode()
    assert told in last.replace(b"\r", b"").replace(b"\n", b"")
    assert not (folder / "c.npy").exists()
    done = run(*line)
    assert (done.returncode, done.stderr) == (0, "")
    assert "resumed 1" in done.stdout
    expected = cluster(np.load(folder / "features.npy"), load_model()).labels
    np.testing.assert_array_equal(np.load(folder / "c.npy"), expected)
