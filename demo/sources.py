"""Where the images of the demo come from: digits that pip installed, a folder, or the zoo."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from .errors import DemoError

DIGITS_CREDIT = (
    "1,797 handwritten digits of 43 people, as scikit-learn ships them (E. Alpaydin and C. Kaynak, "
    "Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, CC BY 4.0)"
)


@dataclass(frozen=True)
class ImageFiles:
    """Image files and, where it is known, what each shows.

    Attributes:
        dataset_name: Name of the FiftyOne dataset that holds them.
        credit: What they are, in words, with author and license if they are not the user's.
        labels: For each path what the image shows; `None` where that is not known.
        has_truth: Whether the labels are meant to be compared with.
    """

    dataset_name: str
    credit: str
    labels: dict[str, str | None] = field(repr=False)
    has_truth: bool


def digits(folder: Path) -> ImageFiles:
    """Writes scikit-learn's handwritten digits as image files, once.

    Args:
        folder: Where to write them, `<digit>/<number>.png`.
    """
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    labels: dict[str, str | None] = {}
    for row, (image, digit) in enumerate(zip(images, numbers, strict=True)):
        path = folder / str(digit) / f"{row:04d}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            ink = (255 - image.reshape(8, 8) * (255 / 16)).astype(np.uint8)
            drawn = Image.fromarray(ink).resize((64, 64), Image.Resampling.BICUBIC)
            # A margin, since of an image its middle is embedded.
            ImageOps.expand(drawn, 16, fill=255).save(path)
        labels[str(path)] = f"digit {digit}"
    return ImageFiles("autolabel-demo-digits", DIGITS_CREDIT, labels, True)


def folder(path: str, labels: str | None) -> ImageFiles:
    """Finds the images of a folder and of all folders in it; hidden ones are left out.

    Args:
        path: The folder.
        labels: `"folders"` if the name of an image's folder says what it shows, else `None`.

    Raises:
        DemoError: The folder does not exist, cannot be read or holds no image.
    """
    if labels not in (None, "folders"):
        raise DemoError(f"LABELS can only be 'folders' (got '{labels}').")
    # As FiftyOne spells paths: absolute, without "..", links kept.
    root = Path(os.path.abspath(Path(path).expanduser()))
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise DemoError(f"The folder '{path}' {what}: give IMAGES the path of a folder of images.")
    found: dict[str, str | None] = {}
    for file in _image_files(root):
        parent = file.parent.relative_to(root)
        found[str(file)] = str(parent) if labels and parent != Path() else None
    if not found:
        raise DemoError(f"There are no images in the folder '{path}' or in folders below it.")
    if labels and not any(found.values()):
        raise DemoError(
            f"LABELS=folders needs images in sub-folders, and those of '{path}' are all in the "
            "folder itself."
        )
    # The same folder is the same dataset in every run; another of that name is another one.
    name = f"{root.name or 'root'}-{hashlib.sha256(str(root).encode()).hexdigest()[:6]}"
    return ImageFiles(f"autolabel-demo-{name}", f"images of {root}", found, bool(labels))


def _image_files(root: Path) -> list[Path]:
    Image.init()
    known = {suffix for suffix, kind in Image.EXTENSION.items() if kind in Image.OPEN} - {".pdf"}
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        raise DemoError(f"The folder '{error.filename}' cannot be read: {error.strerror}.")

    for parent, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        visible = [name for name in files if not name.startswith(".")]
        found += [Path(parent) / name for name in visible if Path(name).suffix.lower() in known]
    return sorted(found)
