"""What a shipped model is: its file and checksum, its input, its origin, its measured quality."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from inference.errors import ModelError

MODELS_DIR = Path(__file__).with_name("models")


@dataclass(frozen=True, slots=True)
class ModelManifest:
    """One ``NAME.json`` beside its ``NAME.onnx``.

    ``input_shape`` uses ``None`` for a free axis. ``mean`` and ``std`` are in the units of the raw
    input (pixels are 0 to 255): the network is fed ``(x - mean) / std``. Empty for text models.
    ``metrics`` maps a measured figure's name, split included, to its value.
    """

    file: str
    sha256: str
    input_name: str
    input_shape: tuple[int | None, ...]
    labels: tuple[str, ...]
    opset: int
    licence: str
    source: str
    colour_order: Literal["rgb", "bgr", "grey", "none"] = "none"
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else the reader of this model needs (anchors, temperature, token limit ...)."""

    @classmethod
    def load(cls, name: str, folder: Path = MODELS_DIR) -> "ModelManifest":
        """Reads ``folder/name.json``. Raises ``ModelError`` where it is missing or malformed."""
        path = folder / f"{name}.json"
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            for key in ("input_shape", "labels", "mean", "std"):
                fields[key] = tuple(fields.get(key, ()))
            return cls(**fields)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(
                f"The model manifest {path} cannot be read ({error}); install Storify again."
            ) from error

    def save(self, path: Path) -> None:
        """Writes the manifest as readable JSON."""
        path.write_text(
            json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    def verify(self, folder: Path = MODELS_DIR) -> Path:
        """The model file's path. Raises ``ModelError`` if it is missing or its sha256 differs."""
        path = folder / self.file
        try:
            digest = sha256_of(path)
        except OSError as error:
            raise ModelError(f"The model file {path} is missing; install Storify again.") from error
        if digest != self.sha256:
            raise ModelError(
                f"The model file {path} is not the one its manifest describes; "
                "install Storify again, or export the model anew."
            )
        return path


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
