"""A caption model small enough to train in a test, with a tokenizer of whole words."""

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from export.caption.model import CaptionModel, EncoderConfig

GLAD = ("sunny", "great", "glad", "🎉", "win")
SAD = ("rainy", "awful", "lonely", "💔", "lost")
PLAIN = ("day", "train", "table", "we", "the", "at", "noon", "my")
CONFIG = EncoderConfig(
    vocab_size=32,
    dim=16,
    hidden_dim=32,
    n_layers=2,
    n_heads=2,
    max_position_embeddings=80,
    dropout=0.0,
)


def tiny_tokenizer() -> Tokenizer:
    """``<s> words </s>``, unknown words as one token."""
    words = ("<s>", "<pad>", "</s>", "<unk>", *GLAD, *SAD, *PLAIN)
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def tiny_model(seed: int = 0) -> CaptionModel:
    """Random weights."""
    torch.manual_seed(seed)
    return CaptionModel(CONFIG).eval()


def write_captions(path: Path, *, rows: int = 480, seed: int = 0) -> Path:
    """A TSV whose valence is the share of glad words; two data sets, one on a narrow scale."""
    rng = np.random.default_rng(seed)
    lines = ["text\tvalence\tarousal\tlabel\tsource\tsplit"]
    for row in range(rows):
        glad, sad = rng.integers(0, 4, 2)
        words = [*rng.choice(GLAD, glad), *rng.choice(SAD, sad), *rng.choice(PLAIN, 3), f"w{row}"]
        text = " ".join(rng.permutation(words))
        valence = 0.5 + 0.15 * (glad - sad)
        split = "dev" if row % 2 else "train"
        ratings = (
            f"{valence:.2f}\t\t\tsemeval18_vreg",
            f"{0.4 + 0.2 * valence:.3f}\t{0.1 * (glad + sad):.1f}\t\tfacebook_va",
            f"\t\t{'positive' if glad > sad else 'negative'}\tthree_way",
            f"\t\t{'joy' if glad else 'sadness'}\temotions",
        )[row // 2 % 4]
        lines.append(f"{text}\t{ratings}\t{split}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
