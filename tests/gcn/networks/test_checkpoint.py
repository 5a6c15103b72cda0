"""Checkpoints: a round trip, and every kind of file that is none."""

import os
import pickle
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gcn.graph.class_scatter import ClassScatter
from gcn.networks.checkpoint import FORMAT_VERSION, SHIPPED, Model, load_model
from gcn.networks.gcn_c import GCNC
from gcn.networks.gcn_v import GCNV
from gcn.networks.settings import Calibration, Settings


@pytest.fixture
def model() -> Model:
    torch.manual_seed(3)
    settings = Settings(k=33, affinity=Calibration(0.8, -0.1), min_strength=0.45)
    card = {"sets": ["digits"], "scores": {"bcubed_f": 0.9}}
    return Model(GCNV(16).eval(), GCNC(12).eval(), settings, card)


@pytest.fixture
def saved(model: Model, tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    model.save(path)
    return path


def test_a_model_survives_saving_and_loading(model: Model, saved: Path) -> None:
    loaded = load_model(saved)
    assert loaded.settings == model.settings
    assert loaded.card == model.card
    assert loaded.sha256 == model.sha256
    assert not any(network.training for network in (loaded.gcn_v, loaded.gcn_c))
    for mine, theirs in ((model.gcn_v, loaded.gcn_v), (model.gcn_c, loaded.gcn_c)):
        for name, weight in mine.state_dict().items():
            assert torch.equal(theirs.state_dict()[name], weight), name


def test_a_class_scatter_survives_too_and_counts_in_the_hash(model: Model, tmp_path: Path) -> None:
    scatter = ClassScatter(np.arange(9, dtype=np.float32).reshape(3, 3), 12)
    own = replace(model, class_scatter=scatter)
    assert own.sha256 != model.sha256
    own.save(tmp_path / "own.pt")
    loaded = load_model(tmp_path / "own.pt")
    assert loaded.sha256 == own.sha256
    assert loaded.class_scatter is not None
    assert loaded.class_scatter.num_classes == 12
    np.testing.assert_array_equal(loaded.class_scatter.matrix, scatter.matrix)


def test_the_format_before_class_scatters_is_still_read(model: Model, saved: Path) -> None:
    checkpoint = torch.load(saved, weights_only=True)
    del checkpoint["class_scatter"]
    torch.save(checkpoint | {"format_version": 5}, saved)
    loaded = load_model(saved)
    assert loaded.class_scatter is None
    assert loaded.sha256 == model.sha256


def test_a_class_scatter_of_embeddings_before_powers_is_left_aside(
    model: Model, saved: Path
) -> None:
    scatter = {"matrix": torch.eye(3), "num_classes": 4}
    resave(saved, class_scatter=scatter)
    assert load_model(saved).class_scatter is not None
    resave(saved, class_scatter=scatter, format_version=6)
    assert load_model(saved).class_scatter is None


@pytest.mark.parametrize(
    "scatter",
    [
        {"matrix": torch.zeros(3, 4), "num_classes": 2},
        {"matrix": torch.zeros(3, 3, dtype=torch.float64), "num_classes": 2},
        {"matrix": torch.zeros(3, 3)},
        "none",
    ],
)
def test_a_damaged_class_scatter_raises(saved: Path, scatter: object) -> None:
    resave(saved, class_scatter=scatter)
    with pytest.raises(ValueError, match="is not a complete checkpoint"):
        load_model(saved)


def test_loading_draws_nothing_from_the_random_numbers_of_the_caller(saved: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_model(saved)
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)


def test_weights_are_on_the_cpu_whatever_the_default_device(saved: Path) -> None:
    with torch.device("meta"):
        loaded = load_model(saved)
    tensors = [*loaded.gcn_v.state_dict().values(), *loaded.gcn_c.state_dict().values()]
    assert {tensor.device.type for tensor in tensors} == {"cpu"}


def test_models_can_be_told_apart_and_kept_in_sets(model: Model, saved: Path) -> None:
    loaded = load_model(saved)
    assert {model, loaded} == {loaded, model}
    assert model == model
    assert model != loaded  # by identity; `sha256` tells whether they do the same


def test_paths_may_be_strings(saved: Path) -> None:
    assert load_model(str(saved)).settings.k == 33


def test_the_hash_tells_weights_and_settings_apart(model: Model) -> None:
    other = Model(model.gcn_v, model.gcn_c, Settings(k=34))
    assert other.sha256 != model.sha256
    changed = GCNV(16).eval()
    assert Model(changed, model.gcn_c, model.settings).sha256 != model.sha256
    assert len(model.sha256) == 64


def test_saving_replaces_a_file_and_leaves_nothing_else(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"old")
    model.save(path)
    assert load_model(path).sha256 == model.sha256
    assert [file.name for file in tmp_path.iterdir()] == ["model.pt"]


def test_a_full_disk_gives_one_sentence_and_leaves_the_old_file(model: Model, saved: Path) -> None:
    before = saved.read_bytes()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, usual[1]))
    try:
        with pytest.raises(OSError, match="there is no room on the disk for"):
            model.save(saved)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert saved.read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]


def test_a_saved_model_is_as_readable_as_any_new_file(saved: Path) -> None:
    plain = saved.with_name("plain")
    plain.touch()
    assert saved.stat().st_mode == plain.stat().st_mode


def test_saving_into_a_missing_folder_raises_one_sentence(model: Model, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere") as caught:
        model.save(tmp_path / "nowhere" / "model.pt")
    assert ".part" not in str(caught.value)


def test_the_shipped_model_loads() -> None:
    model = load_model()
    assert model.sha256 == load_model(SHIPPED).sha256
    assert SHIPPED.stat().st_size < 5_000_000
    assert model.card


def test_a_missing_checkpoint_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no checkpoint at '.*gone\.pt'; give the path"):
        load_model(tmp_path / "gone.pt")
    with pytest.raises(FileNotFoundError, match="no checkpoint at"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x80\x04", b"PK\x03\x04" + bytes(100), os.urandom(5000)]
)
def test_files_of_another_kind_raise(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"'.*model\.pt' is not a readable checkpoint"):
        load_model(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_truncated_checkpoints_raise(saved: Path, share: float) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="is not a readable checkpoint"):
        load_model(saved)


def test_overwritten_bytes_load_or_raise_one_sentence(saved: Path) -> None:
    whole = saved.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(whole)
        start = int(rng.integers(0, len(whole) - 64))
        damaged[start : start + 64] = rng.bytes(64)
        saved.write_bytes(bytes(damaged))
        try:
            load_model(saved)
        except ValueError as error:
            message = str(error)
            assert "checkpoint" in message
            assert "\n" not in message


def resave(path: Path, **changes: object) -> None:
    checkpoint = torch.load(path, weights_only=True)
    torch.save({**checkpoint, **changes}, path)


def test_a_future_format_raises(saved: Path) -> None:
    resave(saved, format_version=FORMAT_VERSION + 1)
    with pytest.raises(ValueError, match=r"has checkpoint format 8, but .*; update the plugin"):
        load_model(saved)


def test_an_older_format_raises(saved: Path) -> None:
    resave(saved, format_version=1)
    with pytest.raises(ValueError, match=r"has checkpoint format 1, .* 5 to 7; train it again"):
        load_model(saved)


@pytest.mark.parametrize("other", [{"state_dict": {}}, [1, 2], torch.ones(3), {1: 2}])
def test_weights_of_another_program_raise(other: object, tmp_path: Path) -> None:
    torch.save(other, tmp_path / "model.pt")
    with pytest.raises(ValueError, match="is not a checkpoint of this program"):
        load_model(tmp_path / "model.pt")


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {}},
        {"settings": None},
        {"settings": {**Settings().as_dict(), "k": 5, "tau": 1}},
        {"gcn_v": {}},
        {"gcn_v": {"config": {"width": 3}, "state": {}}},
        {"gcn_c": {"config": {}, "state": {"head.0.weight": torch.ones(2)}}},
        {"card": 3},
    ],
)
def test_incomplete_checkpoints_raise(saved: Path, changes: dict[str, object]) -> None:
    resave(saved, **changes)
    with pytest.raises(ValueError, match=r"is not a complete checkpoint \(format 7\)"):
        load_model(saved)


class Trap:
    """Pickles as a call that makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("writer", ["pickle", "torch", "card"])
def test_code_in_a_checkpoint_does_not_run(writer: str, saved: Path, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    if writer == "pickle":
        saved.write_bytes(pickle.dumps(Trap(sprung)))
    elif writer == "torch":
        torch.save(Trap(sprung), saved)
    else:
        resave(saved, card={"note": Trap(sprung)})
    with pytest.raises(ValueError, match="is not a readable checkpoint"):
        load_model(saved)
    assert not sprung.exists()
    torch.load(saved, weights_only=False) if writer != "pickle" else pickle.loads(
        saved.read_bytes()
    )
    assert sprung.exists()  # the trap was live


def test_the_hash_is_the_same_in_another_process(saved: Path, model: Model) -> None:
    code = f"from gcn import load_model; print(load_model({str(saved)!r}).sha256)"
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == model.sha256
