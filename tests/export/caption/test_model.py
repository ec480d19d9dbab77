import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from export.caption.model import (  # noqa: E402 - needs torch
    CaptionModel,
    dequantise,
    load_checkpoint,
    load_initial,
    save_checkpoint,
)
from tests.export.caption.tiny_captions import CONFIG, tiny_model, tiny_tokenizer  # noqa: E402


def test_four_bit_blocks_become_weights() -> None:
    low, high = np.arange(16, dtype=np.uint8), np.full(16, 15, dtype=np.uint8)
    weights = dequantise(
        {
            "layer|q": (low | high << 4)[None],
            "layer|d": np.array([0.5], dtype=np.float16),
            "layer|s": np.array([2, 16]),
            "bias": np.array([1.5], dtype=np.float16),
        }
    )
    assert weights["layer"].tolist() == [[(q - 8) / 2 for q in range(16)], [3.5] * 16]
    assert weights["bias"].tolist() == [1.5]
    assert weights["bias"].dtype == np.float32


def test_a_hugging_face_checkpoint_gives_the_same_hidden_states(tmp_path: Path) -> None:
    torch.manual_seed(3)
    reference = transformers.DistilBertModel(
        transformers.DistilBertConfig(**asdict(CONFIG), attention_dropout=0.0)
    ).eval()
    reference.save_pretrained(tmp_path)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tiny_tokenizer()).save_pretrained(
        tmp_path
    )
    initial = load_initial(str(tmp_path))
    ids = torch.tensor([[0, 4, 5, 2], [0, 6, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    with torch.no_grad():
        hidden = reference(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = initial.encoder.eval()(ids, mask)
    expected = torch.stack([hidden[0].mean(0), hidden[1, :3].mean(0)])
    torch.testing.assert_close(pooled, expected, atol=1e-5, rtol=1e-5)
    assert json.loads(initial.tokenizer)["model"]["type"] == "WordLevel"


def test_a_folder_of_packed_weights_is_a_start(tmp_path: Path) -> None:
    encoder = tiny_model().encoder
    np.savez(tmp_path / "packed.npz", **{k: v.numpy() for k, v in encoder.state_dict().items()})
    (tmp_path / "config.json").write_text(json.dumps({**asdict(CONFIG), "activation": "gelu"}))
    tiny_tokenizer().save(str(tmp_path / "tokenizer.json"))
    loaded = load_initial(str(tmp_path)).encoder
    for name, value in encoder.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], value)


def test_another_architecture_is_refused_by_name(tmp_path: Path) -> None:
    config = transformers.BertConfig(
        vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
    )
    transformers.BertModel(config).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="a bert checkpoint, not a DistilBERT one"):
        load_initial(str(tmp_path))


def test_a_name_that_leads_nowhere_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither a folder with a checkpoint nor a model"):
        load_initial(str(tmp_path))


def test_padding_does_not_change_a_reading() -> None:
    model = tiny_model()
    with torch.no_grad():
        alone = model(torch.tensor([[0, 4, 2]]), torch.tensor([[1, 1, 1]]))
        padded = model(torch.tensor([[0, 4, 2, 9, 9]]), torch.tensor([[1, 1, 1, 0, 0]]))
    torch.testing.assert_close(alone, padded)


def test_a_checkpoint_returns_the_model_and_the_rest(tmp_path: Path) -> None:
    model = tiny_model()
    save_checkpoint(tmp_path / "last.pt", model, "{}", step=7)
    loaded, extra = load_checkpoint(tmp_path / "last.pt")
    assert isinstance(loaded, CaptionModel)
    assert extra == {"tokenizer": "{}", "step": 7}
    ids = torch.tensor([[0, 4, 2]])
    with torch.no_grad():
        torch.testing.assert_close(loaded(ids, ids * 0 + 1), model(ids, ids * 0 + 1))
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]
