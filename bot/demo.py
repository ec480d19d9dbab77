"""A story to try Storify with: the photo is one that ships in scikit-image."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

CAPTION: Final = "first day of the new job, dreams do come true 🚀"


def demo_photo() -> bytes | None:
    """NASA's portrait of Eileen Collins (public domain); ``None`` without the ``demo`` extra."""
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "data" / "astronaut.png"
    return path.read_bytes() if path.is_file() else None
