"""Manifests: what ships is what they describe, and what does not is refused in one sentence."""

import json
from pathlib import Path

import pytest

from inference.errors import ModelError
from inference.manifest import MODELS_DIR, ModelManifest, sha256_of
from inference.session import OnnxModel

NAMES = ("faces", "emotion", "scene", "caption")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_is_the_one_described(name: str) -> None:
    manifest = ModelManifest.load(name)
    assert manifest.verify() == MODELS_DIR / f"{name}.onnx"
    assert manifest.licence
    assert manifest.source
    assert manifest.metrics


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_opens_with_the_described_input(name: str) -> None:
    assert OnnxModel(name).manifest.opset >= 13


def test_a_missing_manifest_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"emotion\.json cannot be read"):
        ModelManifest.load("emotion", tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"file": 1, "colour": "red"}'])
def test_a_damaged_manifest_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "emotion.json").write_text(text)
    with pytest.raises(ModelError, match="install Storify again"):
        ModelManifest.load("emotion", tmp_path)


def broken_model(folder: Path, content: bytes, **changes: object) -> None:
    fields = json.loads((MODELS_DIR / "emotion.json").read_text(encoding="utf-8"))
    (folder / "emotion.onnx").write_bytes(content)
    fields["sha256"] = sha256_of(folder / "emotion.onnx")
    (folder / "emotion.json").write_text(json.dumps(fields | changes))


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    broken_model(tmp_path, b"not what was exported", sha256="0" * 64)
    with pytest.raises(ModelError, match="not the one its manifest describes"):
        OnnxModel("emotion", folder=tmp_path)


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    broken_model(tmp_path, b"soon gone")
    (tmp_path / "emotion.onnx").unlink()
    with pytest.raises(ModelError, match=r"emotion\.onnx is missing"):
        OnnxModel("emotion", folder=tmp_path)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    broken_model(tmp_path, b"no protobuf")
    with pytest.raises(ModelError, match="cannot be opened"):
        OnnxModel("emotion", folder=tmp_path)


def test_a_model_without_the_described_input_is_refused(tmp_path: Path) -> None:
    content = (MODELS_DIR / "emotion.onnx").read_bytes()
    broken_model(tmp_path, content, input_name="sound")
    with pytest.raises(ModelError, match="has no input 'sound'"):
        OnnxModel("emotion", folder=tmp_path)
