"""Which captions a training run sees, how often, and in which batches."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from export.caption.captions import Caption
from inference.text import normalise

VISITS: Final = {
    "semeval18_vreg": 6.0,
    "facebook_va": 5.0,
    "emobank": 2.0,
    "semeval18_ec": 2.0,
    "sst_score": 1.5,
    "tweeteval_irony": 0.5,
    "tweeteval_emoji": 0.4,
    "goemotions": 0.5,
    "isear": 0.5,
    "semeval17_4a": 0.35,
    "sst2": 0.15,
    "umsab_hindi": 0.0,  # its labels do not follow its texts
}
"""How often each text of a data set is seen: UMSAB's other languages twice, the rest once."""


def plan_batches(
    captions: Sequence[Caption],
    lengths: Sequence[int],
    *,
    scale: float,
    budget: int,
    seed: int,
) -> list[Tensor]:
    """Row numbers of every batch of a run, each of similar lengths and at most ``budget`` tokens.

    ``lengths`` are the captions' in tokens; ``scale`` times ``VISITS`` is how often each is seen.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(_visited(captions, scale, rng))
    batches = [
        batch
        for pool in np.array_split(order, max(1, len(order) // 3000))
        for batch in _by_length(pool, lengths, budget)
    ]
    return [batches[index] for index in rng.permutation(len(batches))]


def _visited(captions: Sequence[Caption], scale: float, rng: np.random.Generator) -> list[int]:
    rows = []
    for row, caption in enumerate(captions):
        default = 2.0 if caption.source.startswith("umsab_") else 1.0
        visits = scale * VISITS.get(caption.source, default)
        rows += [row] * int(visits + rng.random())
    return rows


def _by_length(pool: Iterable[int], lengths: Sequence[int], budget: int) -> Iterator[Tensor]:
    batch: list[int] = []
    for row in sorted(pool, key=lambda row: -lengths[row]):
        if batch and lengths[batch[0]] * (len(batch) + 1) > budget:
            yield torch.tensor(batch)
            batch = []
        batch.append(int(row))
    if batch:
        yield torch.tensor(batch)


def tokenizer_for(tokenizer_json: str, max_tokens: int) -> Tokenizer:
    """The tokenizer, cutting off after ``max_tokens``."""
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def encode(tokenizer: Tokenizer, captions: Sequence[Caption]) -> list[list[int]]:
    """Token ids of the normalised texts."""
    texts = [normalise(caption.text) for caption in captions]
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def pad(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask ``(N, T) int64``. What stands under a zero of the mask does not matter."""
    width = max(map(len, ids))
    padded = torch.tensor([[*row, *[0] * (width - len(row))] for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
    return padded, mask
