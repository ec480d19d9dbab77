import math
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import typer

torch = pytest.importorskip("torch")

from tokenizers import Tokenizer  # noqa: E402

from export.caption.captions import Caption, read_captions  # noqa: E402
from export.caption.model import CaptionModel, save_checkpoint  # noqa: E402
from export.caption.onnx import (  # noqa: E402
    RatedTexts,
    export_caption,
    export_plain,
    int8_loss,
    predict,
)
from inference.caption import CaptionReader  # noqa: E402
from inference.manifest import ModelManifest  # noqa: E402
from tests.export.caption.tiny_captions import tiny_model, tiny_tokenizer, write_captions  # noqa: E402

pytestmark = [
    # torch.onnx.export(dynamo=False) and what it calls are deprecated, without a replacement that
    # needs no further package.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_the_float32_file_says_what_torch_says(tmp_path: Path) -> None:
    model = tiny_model()
    assert export_plain(model, tmp_path / "plain.onnx") < 1e-5
    session = onnxruntime.InferenceSession(tmp_path / "plain.onnx")
    assert [node.name for node in session.get_inputs()] == ["input_ids", "attention_mask"]
    assert [node.name for node in session.get_outputs()] == ["valence", "arousal"]
    assert session.get_inputs()[0].shape == ["batch", "tokens"]


def test_a_file_that_differs_from_torch_is_not_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export.caption.onnx.PARITY", -1.0)
    with pytest.raises(ValueError, match="differs from torch"):
        export_plain(tiny_model(), tmp_path / "plain.onnx")


def test_the_exported_folder_is_what_the_reader_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Random weights follow no ratings, so their correlation may move by any amount in int8.
    monkeypatch.setattr("export.caption.onnx.INT8_LOSS", 1.0)
    data = write_captions(tmp_path / "captions.tsv", rows=1200)
    save_checkpoint(
        tmp_path / "last.pt", agreeable(tiny_model(), tiny_tokenizer()), tiny_tokenizer().to_str()
    )
    export_caption(data, runs=tmp_path, out=tmp_path / "models")
    manifest = ModelManifest.load("caption", tmp_path / "models")
    assert {"facebook_va_dev_arousal_r", "semeval18_vreg_dev_valence_r"} <= set(manifest.metrics)
    reader = CaptionReader(folder=tmp_path / "models")
    glad, sad = reader.read("glad great day"), reader.read("lonely awful day")
    assert glad is not None
    assert sad is not None
    assert glad.valence > sad.valence
    sigma = manifest.parameters["sigma"]
    assert sad.sigma == pytest.approx(
        math.sqrt(sigma["variance"] + sigma["variance_by_tokens"] / 5)
    )


def test_an_int8_file_that_lost_too_much_is_not_shipped(tmp_path: Path) -> None:
    model = agreeable(tiny_model(), tiny_tokenizer())
    export_plain(model, tmp_path / "plain.onnx")
    export_plain(tiny_model(seed=1), tmp_path / "spoilt.onnx")
    captions = read_captions(write_captions(tmp_path / "captions.tsv", rows=1200))
    texts = RatedTexts.of(captions, tiny_tokenizer())
    with pytest.raises(ValueError, match="int8 costs"):
        int8_loss(tmp_path / "plain.onnx", tmp_path / "spoilt.onnx", texts, 1)
    loss, predicted = int8_loss(tmp_path / "plain.onnx", tmp_path / "plain.onnx", texts, 1)
    assert loss == 0
    assert predicted.shape == (len(texts.ids), 2)


def agreeable(model: CaptionModel, tokenizer: Tokenizer) -> CaptionModel:
    """``model`` with a valence head fitted to tell two captions apart, without any training."""
    texts = ("glad great day", "lonely awful day")
    ids = torch.tensor([tokenizer.encode(text).ids for text in texts])
    with torch.no_grad():
        glad, sad = model.encoder(ids, torch.ones_like(ids))
        direction = (glad - sad) / (glad - sad).square().sum()
        model.valence.weight.copy_(4 * direction[None])
        model.valence.bias.copy_(-2 * direction @ (glad + sad))
    return model


def test_without_a_checkpoint_the_command_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        export_caption(tmp_path / "captions.tsv", runs=tmp_path)
    assert "run `python -m export train-caption` first" in capsys.readouterr().err


def test_only_rated_texts_are_measured_on() -> None:
    texts = RatedTexts.of(
        [
            Caption("glad day", 0.8, None, "", "a"),
            Caption("sad day", 0.15, None, "negative", "b"),
            Caption("no rating", None, None, "joy", "c"),
        ],
        tiny_tokenizer(),
    )
    assert texts.source.tolist() == ["a", "b"]
    assert texts.is_graded.tolist() == [True, False]
    assert np.isnan(texts.ratings[:, 1]).all()


def test_texts_are_predicted_one_by_one_in_their_order(tmp_path: Path) -> None:
    model = tiny_model()
    export_plain(model, tmp_path / "plain.onnx")
    rows = [[0, 4, 2], [0, 9, 8, 7, 2]]
    with torch.no_grad():
        expected = [
            [out.item() for out in model(torch.tensor([r]), torch.ones(1, len(r)))] for r in rows
        ]
    np.testing.assert_allclose(predict(tmp_path / "plain.onnx", rows, 1), expected, atol=1e-5)
