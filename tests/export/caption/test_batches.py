import numpy as np
import pytest

torch = pytest.importorskip("torch")

from export.caption.batches import encode, pad, plan_batches, tokenizer_for  # noqa: E402
from export.caption.captions import Caption  # noqa: E402
from tests.export.caption.tiny_captions import tiny_tokenizer  # noqa: E402


def test_batches_keep_to_the_token_budget_and_visit_as_often_as_asked() -> None:
    captions = [Caption("x", source="semeval18_vreg")] * 50 + [Caption("y", source="other")] * 50
    lengths = [5 + row % 30 for row in range(100)]
    batches = plan_batches(captions, lengths, scale=1.0, budget=120, seed=0)
    visits = np.bincount(torch.cat(batches).numpy(), minlength=100)
    assert (visits[:50] == 6).all()
    assert (visits[50:] == 1).all()
    for batch in batches:
        assert len(batch) * max(lengths[row] for row in batch.tolist()) <= 120


def test_short_rows_are_padded_and_masked() -> None:
    ids, mask = pad([[5, 6, 7], [8]])
    assert ids.shape == mask.shape == (2, 3)
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert ids[mask.bool()].tolist() == [5, 6, 7, 8]


def test_the_same_seed_gives_the_same_batches() -> None:
    captions = [Caption("x", source="goemotions")] * 60
    plans = [
        [batch.tolist() for batch in plan_batches(captions, [9] * 60, scale=1, budget=90, seed=s)]
        for s in (1, 1, 2)
    ]
    assert plans[0] == plans[1] != plans[2]


def test_texts_are_normalised_before_they_are_tokenised_and_cut_off() -> None:
    tokenizer = tokenizer_for(tiny_tokenizer().to_str(), 5)
    short, long = encode(tokenizer, [Caption("glad\u200b day"), Caption("day " * 30)])
    assert tokenizer.decode(short, skip_special_tokens=False).split() == [
        "<s>",
        "glad",
        "day",
        "</s>",
    ]
    assert len(long) == 5
