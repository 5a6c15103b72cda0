"""Memory that runs out in spite of the estimate: one sentence, after real failures to get any."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from gcn import assign, cluster
from gcn.runtime.out_of_memory import told_what_to_change

from ..conftest import Blobs, MakeBlobs

ROOT = Path(__file__).resolve().parents[3]

LIMITED = """
import resource, sys
import numpy as np, psutil
from gcn import cluster, embed_images

def leave(megabytes):
    used = psutil.Process().memory_info().vms
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:  # once for all
        resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 1_000_000,) * 2)

def clustering():
    rows = np.random.default_rng(0).standard_normal((4000, 16)).astype(np.float32)
    cluster(rows[:500], k=20)
    cluster(rows, k=3000, progress=lambda _, stage: stage == "Relations" and leave(10))

def embedding():
    images = ["demo.png"] * 256
    embed_images(images[:2], batch_size=2, device="cpu")
    leave(200)
    embed_images(images, batch_size=256, device="cpu")

try:
    globals()[sys.argv[1]]()
except MemoryError as error:
    print(error)
"""

ADVICE = {
    "clustering": "; use a smaller k, fewer dimensions (a PCA to 256 changes little), or a machine"
    " with more memory",
    "embedding": "; use a smaller 'batch_size', or a device with more memory",
}

OF_CUDA = (
    "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 15.00 GiB of"
    " which 9.00 GiB is free. Including non-PyTorch memory, this process has 6.00 GiB memory in"
    " use. Of the allocated memory 5.00 GiB is allocated by PyTorch."
)


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    return make_blobs(sizes=(40, 30), dim=16)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce the limit")
@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("clustering", "clustering 4,000 embeddings of 16 dimensions with k=3000 (Unable to"),
        ("embedding", "embedding 256 images together on 'cpu' (can't allocate memory: you tried"),
    ],
)
def test_memory_that_really_runs_out_is_told_in_one_sentence(
    task: str, told: str, tmp_path: Path
) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64)).save(tmp_path / "demo.png")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, task],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "HOME": str(Path.home())},
        capture_output=True,
        text=True,
    )
    (line,) = done.stdout.splitlines() or [done.stderr]
    assert line.startswith(f"memory ran out while {told}")
    assert line.endswith(ADVICE[task])


@pytest.mark.parametrize(
    ("device", "told"),
    [
        pytest.param(
            "cuda",
            "or leave 'device' out to use the CPU",
            marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
        ),
        (None, "or a machine with more memory"),
    ],
)
def test_a_full_device_is_named_with_what_to_change(
    device: str | None, told: str, blobs: Blobs
) -> None:
    def fail(done: float, stage: str) -> None:
        raise torch.OutOfMemoryError(OF_CUDA)

    with pytest.raises(MemoryError) as ended:
        cluster(blobs.embeddings, k=20, progress=fail, device=device)
    where = f" on '{device}'" if device else ""
    assert str(ended.value) == (
        f"memory ran out while clustering 70 embeddings of 16 dimensions with k=20{where}"
        f" ({OF_CUDA.split('. Including')[0]});"
        f" use a smaller k, fewer dimensions (a PCA to 256 changes little), {told}"
    )


@pytest.mark.parametrize("whole", [True, False])
def test_placing_says_what_to_change(whole: bool, blobs: Blobs) -> None:
    def fail(done: float, stage: str) -> None:
        if done > 0:
            np.empty(2**58, np.int8)

    rows = blobs.embeddings
    with pytest.raises(MemoryError) as ended:
        assign(rows[:60], np.zeros(60, np.int64), rows[60:], progress=fail, whole=whole)
    told = str(ended.value)
    assert told.startswith("memory ran out while placing 10 images among 60 (Unable to allocate")
    assert told.endswith("; place them among fewer others")


def test_torch_on_the_cpu_is_understood() -> None:
    with (
        pytest.raises(MemoryError, match=r"^memory ran out while adding \(can't .*\); use less$"),
        told_what_to_change("adding", "use less"),
    ):
        torch.empty(1 << 58)


def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="shapes"), told_what_to_change("adding", "use less"):
        torch.mm(torch.from_numpy(np.ones((2, 3))), torch.ones(4, 5, dtype=torch.float64))
