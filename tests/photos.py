"""Photos that ship inside packages, found without importing the package or any network."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

_FOLDERS = {
    "astronaut.png": ("skimage", "data"),
    "chelsea.png": ("skimage", "data"),
    "coffee.png": ("skimage", "data"),
    "rocket.jpg": ("skimage", "data"),
    "grace_hopper.jpg": ("matplotlib", "mpl-data/sample_data"),
    "china.jpg": ("sklearn", "datasets/images"),
    "flower.jpg": ("sklearn", "datasets/images"),
}


def photo_path(name: str) -> Path:
    """Where a photo lies; skips the test where its package is not installed."""
    package, folder = _FOLDERS[name]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{name} ships in {package}, which is not installed")
    return Path(spec.submodule_search_locations[0]) / folder / name


def photo(name: str) -> npt.NDArray[np.uint8]:
    """``(H, W, 3) uint8`` RGB."""
    with Image.open(photo_path(name)) as image:
        return np.array(image.convert("RGB"))
