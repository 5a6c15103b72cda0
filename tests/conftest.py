"""What the tests share: a MongoDB server, datasets of real image files, the loaded plugin.

FiftyOne reads its settings when it is imported, so they are set here, at import. The server starts
with the first test that asks for it: the tests of `gcn` run without one.
"""

import atexit
import importlib
import os
import shutil
import signal
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml
from PIL import Image, ImageOps

from tools.mongod import database_uri, running_mongod

if TYPE_CHECKING:
    import fiftyone as fo

ROOT = Path(__file__).resolve().parent.parent
PLUGIN_MODULE = "fiftyone.plugins.orgs.autolabel.gcn"

SCRATCH = Path(tempfile.mkdtemp(prefix="autolabel-tests-"))
# Registered before FiftyOne is imported, so that it runs after FiftyOne's own last words to the
# database: a server that is gone by then costs seconds of waiting.
AT_EXIT = ExitStack()
atexit.register(AT_EXIT.close)
AT_EXIT.callback(shutil.rmtree, SCRATCH, ignore_errors=True)
(SCRATCH / "plugins").mkdir()
(SCRATCH / "plugins" / "under-test").symlink_to(ROOT)
# Held until the server starts, which may be minutes later: another test run would get it meanwhile.
HELD = socket.socket()
HELD.bind(("127.0.0.1", 0))
MONGOD_PORT = HELD.getsockname()[1]

os.environ.update(
    FIFTYONE_DATABASE_URI=database_uri(MONGOD_PORT),
    FIFTYONE_DATABASE_NAME="autolabel_tests",
    FIFTYONE_DATABASE_VALIDATION="false",  # no notice about the age of the server
    FIFTYONE_CONFIG_PATH=str(SCRATCH / "config.json"),
    FIFTYONE_APP_CONFIG_PATH=str(SCRATCH / "app_config.json"),
    FIFTYONE_PLUGINS_DIR=str(SCRATCH / "plugins"),
    FIFTYONE_DEFAULT_DATASET_DIR=str(SCRATCH / "datasets"),
    FIFTYONE_DATASET_ZOO_DIR=str(SCRATCH / "dataset_zoo"),
    FIFTYONE_MODEL_ZOO_DIR=str(SCRATCH / "model_zoo"),
    FIFTYONE_DO_NOT_TRACK="true",
    FIFTYONE_SHOW_PROGRESS_BARS="false",
    FIFTYONE_ALLOW_LEGACY_ORCHESTRATORS="true",  # offers "Schedule" in the App
    # Threads that have nothing to do leave their core to a neighbor. By default those of torch and
    # faiss wait on it and those of numpy pass it around, most of what a small clustering takes.
    OMP_WAIT_POLICY="passive",
    OPENBLAS_NUM_THREADS="1",
)

# Whoever runs the tests in the background of a shell has them ignore what Ctrl-C sends, and the
# programs that they start as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# FiftyOne reads the descriptions of all plugins at each call of an operator: with the parser of the
# same library in C, which reads the same, a call takes half the time.
yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@pytest.fixture(scope="session")
def mongod() -> None:
    """A real MongoDB server of this test run; ask for it before a dataset is touched."""
    HELD.close()
    AT_EXIT.enter_context(running_mongod(SCRATCH / "mongo", MONGOD_PORT))


@pytest.fixture(scope="session")
def plugin(mongod: None) -> ModuleType:
    """The plugin as FiftyOne's registry loaded it; `plugin_part` gives a part of it."""
    import fiftyone.plugins.context as fopc

    contexts = {context.name: context for context in fopc.build_plugin_contexts()}
    assert "@autolabel/gcn" in contexts, f"FiftyOne found only these plugins: {sorted(contexts)}"
    assert contexts["@autolabel/gcn"].errors == []
    return importlib.import_module(PLUGIN_MODULE)


@pytest.fixture(scope="session")
def plugin_part(plugin: ModuleType) -> Callable[[str], ModuleType]:
    """Imports a module of the loaded plugin by its dotted name, `"operators.data.fields"`."""

    def part(name: str) -> ModuleType:
        return importlib.import_module(f"{PLUGIN_MODULE}.{name}")

    return part


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 120 real images (handwritten digits, 64 px PNG): `<digit>/<number>.png`."""
    from sklearn.datasets import load_digits

    folder = tmp_path_factory.mktemp("digits")
    images, digits = load_digits(return_X_y=True)
    for number, (image, digit) in enumerate(zip(images[:120], digits[:120], strict=True)):
        path = folder / str(digit) / f"{number:03d}.png"
        path.parent.mkdir(exist_ok=True)
        pixels = (255 - image.reshape(8, 8) * 15.9).astype(np.uint8)
        drawn = Image.fromarray(pixels).resize((48, 48), Image.Resampling.BICUBIC)
        ImageOps.expand(drawn, 8, fill=255).save(path)
    return folder


MakeDataset = Callable[..., "fo.Dataset"]


@pytest.fixture
def make_dataset(mongod: None, image_folder: Path) -> Iterator[MakeDataset]:
    """Makes datasets that are deleted when the test ends: `make_dataset(30, embeddings=vectors)`.

    The function takes the number of real images (or a sequence of paths of one's own) and, by
    keyword, the name of a field with its values, one per image. Images of the folder bring their
    digit in `ground_truth`. The datasets are persistent, as a user's are.
    """
    import fiftyone as fo

    made: list[str] = []

    def make(images: int | Sequence[str | Path] = 30, **fields: Sequence[object]) -> fo.Dataset:
        known = sorted(image_folder.glob("*/*.png"), key=lambda path: path.name)
        paths = known[:images] if isinstance(images, int) else [Path(path) for path in images]
        samples = [fo.Sample(filepath=str(path)) for path in paths]
        for sample, path in zip(samples, paths, strict=True):
            if path.is_relative_to(image_folder):
                sample["ground_truth"] = fo.Classification(label=path.parent.name)
        for field, values in fields.items():
            for sample, value in zip(samples, values, strict=True):
                sample[field] = value
        dataset = fo.Dataset(f"test-{uuid.uuid4().hex}", persistent=True)
        made.append(dataset.name)
        dataset.add_samples(samples)
        return dataset

    yield make
    for name in made:
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


@pytest.fixture
def dataset(make_dataset: MakeDataset) -> "fo.Dataset":
    """A dataset of 30 real images with their digit in `ground_truth`."""
    return make_dataset(30)
