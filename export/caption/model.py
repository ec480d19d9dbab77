"""DistilBERT (Sanh et al., 2019) with a valence and an arousal head, and its initial weights."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The sizes of a DistilBERT encoder, under the names of its ``config.json``."""

    vocab_size: int
    dim: int
    hidden_dim: int
    n_layers: int
    n_heads: int
    max_position_embeddings: int
    dropout: float = 0.1

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> "EncoderConfig":
        """Picks the sizes out of a whole ``config.json``."""
        return cls(**{field.name: config[field.name] for field in fields(cls)})


class Embeddings(nn.Module):
    """Token and position embeddings, normalised."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.dim)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, config.dim)
        self.LayerNorm = nn.LayerNorm(config.dim, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, input_ids: Tensor) -> Tensor:
        """``(N, T) int64 -> (N, T, dim)``."""
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.word_embeddings(input_ids) + self.position_embeddings(positions)
        return cast("Tensor", self.dropout(self.LayerNorm(x)))


class Attention(nn.Module):
    """Multi-head self-attention."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        self.q_lin = nn.Linear(config.dim, config.dim)
        self.k_lin = nn.Linear(config.dim, config.dim)
        self.v_lin = nn.Linear(config.dim, config.dim)
        self.out_lin = nn.Linear(config.dim, config.dim)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """``(N, T, dim)`` and the mask of real tokens ``(N, 1, 1, T) bool`` to ``(N, T, dim)``."""
        q, k, v = (self._heads(layer(x)) for layer in (self.q_lin, self.k_lin, self.v_lin))
        # In bfloat16 this is half as fast as in float32 on a CPU: the heads are too narrow.
        with torch.autocast("cpu", enabled=False):
            context = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), mask)
        return cast("Tensor", self.out_lin(context.transpose(1, 2).flatten(2)))

    def _heads(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], self.n_heads, -1).transpose(
            1, 2
        )  # (N, heads, T, dim / heads)


class FeedForward(nn.Module):
    """The two dense layers of a block."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.lin1 = nn.Linear(config.dim, config.hidden_dim)
        self.lin2 = nn.Linear(config.hidden_dim, config.dim)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, T, dim)`` to the same."""
        return cast("Tensor", self.lin2(F.gelu(self.lin1(x))))


class Block(nn.Module):
    """Attention and feed-forward, each added to its input and normalised."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.sa_layer_norm = nn.LayerNorm(config.dim, eps=1e-12)
        self.ffn = FeedForward(config)
        self.output_layer_norm = nn.LayerNorm(config.dim, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """As ``Attention``."""
        x = self.sa_layer_norm(x + self.dropout(self.attention(x, mask)))
        return cast("Tensor", self.output_layer_norm(x + self.dropout(self.ffn(x))))


class Transformer(nn.Module):
    """The stack of blocks."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Block(config) for _ in range(config.n_layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """As ``Attention``."""
        for block in self.layer:
            x = block(x, mask)
        return x


class Encoder(nn.Module):
    """DistilBERT; parameters carry the names of Hugging Face's ``DistilBertModel``."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.transformer = Transformer(config)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Mean of the last hidden states: ``(N, dim)``, of ids and mask ``(N, T)``."""
        mask = attention_mask.bool()[:, None, None, :]
        hidden = self.transformer(self.embeddings(input_ids), mask)
        weight = attention_mask.to(hidden.dtype).unsqueeze(2)
        return cast("Tensor", (hidden * weight).sum(1) / weight.sum(1))


class CaptionModel(nn.Module):
    """Token ids to valence and arousal, each 0 to 1 on one scale for all data sets."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.encoder = Encoder(config)
        self.valence = nn.Linear(config.dim, 1)
        self.arousal = nn.Linear(config.dim, 1)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Valence and arousal ``(N,)`` of token ids and mask ``(N, T) int64``."""
        pooled = self.encoder(input_ids, attention_mask)
        return torch.sigmoid(self.valence(pooled))[:, 0], torch.sigmoid(self.arousal(pooled))[:, 0]


@dataclass(frozen=True, slots=True)
class InitialWeights:
    """An encoder to start from, and the text of its ``tokenizer.json``."""

    encoder: Encoder
    tokenizer: str


def load_initial(name: str) -> InitialWeights:
    """Reads ``name``: a folder, or the name of a DistilBERT checkpoint on the Hugging Face hub.

    A folder holds a checkpoint as Hugging Face saves it, or ``config.json``, ``tokenizer.json`` and
    one ``.npz`` of 4-bit blocks (see ``dequantise``). Raises ``ValueError`` for anything else.
    """
    folder = Path(name)
    packed = sorted(folder.glob("*.npz")) if folder.is_dir() else []
    if not packed:
        return _load_checkpoint(name)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    with np.load(packed[0]) as arrays:
        state = {key: torch.from_numpy(value) for key, value in dequantise(arrays).items()}
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    return InitialWeights(_encoder(EncoderConfig.from_json(config), state), tokenizer)


def _load_checkpoint(name: str) -> InitialWeights:
    from transformers import AutoModel, AutoTokenizer

    try:
        model = AutoModel.from_pretrained(name)
        tokenizer = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{name} is neither a folder with a checkpoint nor a model on a hub within reach."
        ) from error
    if model.config.model_type != "distilbert":
        raise ValueError(f"{name} is a {model.config.model_type} checkpoint, not a DistilBERT one.")
    config = EncoderConfig.from_json(model.config.to_dict())
    return InitialWeights(
        _encoder(config, model.state_dict()), tokenizer.backend_tokenizer.to_str()
    )


def _encoder(config: EncoderConfig, state: Mapping[str, Tensor]) -> Encoder:
    encoder = Encoder(config)
    encoder.load_state_dict(dict(state))
    return encoder


def dequantise(arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    """Weights as float32 from blocks of 32 four-bit values.

    ``key|q`` ``(blocks, 16) uint8`` holds two values a byte (low nibbles are the first 16 of a
    block), ``key|d`` the scale of each block and ``key|s`` the shape: weight = (q - 8) * d. Keys
    without a suffix are plain arrays.
    """
    weights = {}
    for key in arrays:
        name, _, part = key.partition("|")
        if not part:
            weights[name] = np.asarray(arrays[key], dtype=np.float32)
        elif part == "q":
            packed = arrays[key]
            values = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
            scale = np.asarray(arrays[f"{name}|d"], dtype=np.float32)[:, None]
            weights[name] = (values * scale).reshape(tuple(arrays[f"{name}|s"]))
    return weights


def save_checkpoint(path: Path, model: CaptionModel, tokenizer: str, **extra: object) -> None:
    """Writes the model with its sizes and tokenizer; ``extra`` lets a training run resume."""
    temporary = path.with_suffix(".part")
    torch.save(
        {
            "config": asdict(model.encoder.config),
            "model": model.state_dict(),
            "tokenizer": tokenizer,
            **extra,
        },
        temporary,
    )
    temporary.replace(path)  # a run that is stopped while it writes must not lose both


def load_checkpoint(path: Path) -> tuple[CaptionModel, dict[str, Any]]:
    """The model of a checkpoint, and the checkpoint's other entries."""
    checkpoint = torch.load(path, weights_only=True)
    model = CaptionModel(EncoderConfig(**checkpoint.pop("config")))
    model.load_state_dict(checkpoint.pop("model"))
    return model.eval(), checkpoint
