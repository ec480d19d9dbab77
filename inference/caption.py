"""Caption -> valence and arousal: a multilingual DistilBERT that also reads emoji."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from tokenizers import Tokenizer

from inference.errors import ModelError
from inference.manifest import MODELS_DIR, ModelManifest, sha256_of
from inference.session import OnnxModel
from inference.text import normalise, says_something

_PLEASANT: Final = 0.6
_UNPLEASANT: Final = 0.4
_AROUSED: Final = 0.4
"""A plain statement has arousal 0.31, so this is already stirred."""


@dataclass(frozen=True, slots=True)
class CaptionReading:
    """What a caption says of a mood; ``valence`` and ``arousal`` are 0 to 1."""

    valence: float
    arousal: float
    sigma: float
    """Standard error of ``valence``; larger for shorter captions."""
    label: str
    """One word for the point: upbeat, content, neutral, sad or tense."""


class CaptionReader:
    """The caption model with its tokenizer. ``read`` may be called from several threads."""

    def __init__(self, *, threads: int = 1, folder: Path = MODELS_DIR) -> None:
        """Opens the model; raises ``ModelError`` if a file is missing or was changed."""
        self._model = OnnxModel("caption", threads=threads, folder=folder)
        self._tokenizer = _open_tokenizer(self._model.manifest, folder)
        sigma = self._model.manifest.parameters["sigma"]
        self._variance, self._variance_by_tokens = sigma["variance"], sigma["variance_by_tokens"]
        self._arousal = self._model.manifest.parameters["arousal"]

    def read(self, text: str) -> CaptionReading | None:
        """The mood of a caption in any script; ``None`` if there is nothing in it to read.

        Words, emoji and emoticons are evidence; white space, punctuation, figures, addresses and
        user names alone are not. What lies beyond the model's token limit is left out.
        """
        caption = normalise(text)
        if not says_something(caption):
            return None
        ids = np.array([self._tokenizer.encode(caption).ids], dtype=np.int64)
        outputs = self._model.run({"input_ids": ids, "attention_mask": np.ones_like(ids)})
        valence, raw_arousal = (min(max(float(output[0]), 0.0), 1.0) for output in outputs)
        arousal = self._arousal["offset"] + self._arousal["gain"] * raw_arousal
        return CaptionReading(
            valence,
            arousal,
            math.sqrt(self._variance + self._variance_by_tokens / ids.shape[1]),
            caption_label(valence, arousal),
        )


def caption_label(valence: float, arousal: float) -> str:
    """One word for a point on valence and arousal."""
    if valence >= _PLEASANT:
        return "upbeat" if arousal >= _AROUSED else "content"
    if valence <= _UNPLEASANT:
        return "tense" if arousal >= _AROUSED else "sad"
    return "neutral"


def _open_tokenizer(manifest: ModelManifest, folder: Path) -> Tokenizer:
    path = folder / manifest.parameters["tokenizer"]
    try:
        if sha256_of(path) != manifest.parameters["tokenizer_sha256"]:
            raise ModelError(
                f"The tokenizer {path} is not the one its model was trained with; "
                "install Storify again, or export the model anew."
            )
    except OSError as error:
        raise ModelError(f"The tokenizer {path} is missing; install Storify again.") from error
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(manifest.parameters["max_tokens"])
    return tokenizer
