"""The trained caption model as a checked int8 ONNX file: ``python -m export export-caption``."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
import typer
from tokenizers import Tokenizer

from export.caption.captions import Caption, read_captions
from export.caption.int8 import quantise
from export.caption.model import CaptionModel, load_checkpoint
from export.caption.sigma import fit_sigma
from export.caption.targets import level_of
from export.console import log
from export.metrics import pearson
from export.onnx_export import OPSET, assert_parity, export_onnx
from inference.manifest import MODELS_DIR, ModelManifest, sha256_of
from inference.text import normalise

MAX_TOKENS: Final = 128
"""More than nearly every caption has, and few enough to stay fast."""

PARITY: Final = 1e-4
INT8_LOSS: Final = 0.005
"""How much Pearson's r may fall by quantisation on any rated data set."""

_MIN_ROWS: Final = 100
"""On fewer texts Pearson's r tells more of chance than of the model."""

_AROUSAL_LINE: Final = {"offset": 0.25, "gain": 0.55}
"""From the scale of the Facebook ratings, where a plain statement has arousal 0.1, to that of the
norms for words and of ``inference.labels``, where neutral is 0.31, joy 0.63 and sadness 0.31."""

_INPUTS: Final = ("input_ids", "attention_mask")
_OUTPUTS: Final = ("valence", "arousal")


@dataclass(frozen=True, slots=True)
class RatedTexts:
    """Texts as token ids, with ratings; NaN where a text was not rated."""

    ids: list[list[int]]
    source: npt.NDArray[np.str_]
    ratings: npt.NDArray[np.float64]
    """``(N, 2)`` valence and arousal, each on the scale of its source."""
    is_graded: npt.NDArray[np.bool_]
    """``(N,)``: rated on a fine scale, not in three classes."""

    @classmethod
    def of(cls, captions: Sequence[Caption], tokenizer: Tokenizer) -> "RatedTexts":
        """The rows of ``captions`` that have a rating."""
        rated = [c for c in captions if c.valence is not None or c.arousal is not None]
        return cls(
            [tokenizer.encode(normalise(caption.text)).ids for caption in rated],
            np.array([caption.source for caption in rated]),
            np.array([(c.valence, c.arousal) for c in rated], dtype=np.float64),
            np.array([level_of(caption.label) is None for caption in rated]),
        )


def export_caption(
    data: Annotated[Path, typer.Argument(help="parquet or TSV with a dev split to measure on")],
    runs: Annotated[Path, typer.Option(help="where training left its checkpoint")] = Path(
        "runs/caption"
    ),
    out: Annotated[Path, typer.Option(help="the folder of the shipped models")] = MODELS_DIR,
    threads: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Writes caption.onnx, caption.json and caption-tokenizer.json, measured on the dev split."""
    torch.set_num_threads(threads)
    checkpoint = runs / "last.pt"
    if not checkpoint.exists():
        log(f"{checkpoint} is missing; run `python -m export train-caption` first.")
        raise typer.Exit(1)
    model, extra = load_checkpoint(checkpoint)
    tokenizer = Tokenizer.from_str(extra["tokenizer"])
    tokenizer.enable_truncation(MAX_TOKENS)
    dev = [caption for caption in read_captions(data) if caption.split == "dev"]
    texts = RatedTexts.of(dev, tokenizer)
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        parity = export_plain(model, plain)
        log(f"float32: largest difference from torch {parity:.1e}")
        shipped = Path(folder) / "int8.onnx"
        quantise(plain, shipped)
        loss, predicted = int8_loss(plain, shipped, texts, threads)
        log(f"int8: r falls by {loss:.4f} at most")
        out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shipped, out / "caption.onnx")
    tokenizer_path = out / "caption-tokenizer.json"
    # On one line: the vocabulary has tens of thousands of entries that nobody reads as a file.
    tokenizer_path.write_text(
        json.dumps(json.loads(extra["tokenizer"]), ensure_ascii=False, separators=(",", ":")),
        encoding="utf-8",
    )
    ModelManifest(
        file="caption.onnx",
        sha256=sha256_of(out / "caption.onnx"),
        input_name=_INPUTS[0],
        input_shape=(None, None),
        labels=_OUTPUTS,
        opset=OPSET,
        licence="MIT (initial weights: multilingual-e5-small)",
        source="multilingual-e5-small with a vocabulary of 48,000, fine-tuned by "
        "`python -m export train-caption` on the data sets named in the model card",
        metrics=correlations(predicted, texts)
        | {"parity_float32": parity, "int8_r_loss": round(loss, 4)},
        parameters={
            "tokenizer": tokenizer_path.name,
            "tokenizer_sha256": sha256_of(tokenizer_path),
            "max_tokens": MAX_TOKENS,
            "arousal": _AROUSAL_LINE,
            "sigma": _sigma(predicted, texts),
        },
    ).save(out / "caption.json")
    log(f"wrote {out / 'caption.onnx'}, {(out / 'caption.onnx').stat().st_size / 2**20:.1f} MiB")


def export_plain(model: CaptionModel, path: Path) -> float:
    """Writes the float32 file and returns its largest difference from torch.

    Raises ``ValueError`` where that exceeds ``PARITY``.
    """
    axes = {0: "batch", 1: "tokens"}
    export_onnx(
        model,
        _example(model, batch=2, tokens=9),
        path,
        inputs=_INPUTS,
        outputs=_OUTPUTS,
        free_axes=dict.fromkeys(_INPUTS, axes) | {name: {0: "batch"} for name in _OUTPUTS},
    )
    # Shapes that the tracer never saw, so that nothing of its example can have been baked in.
    shapes = ((1, 3), (5, 17), (3, 64))
    return max(
        assert_parity(model, path, _example(model, batch=b, tokens=t), tolerance=PARITY)
        for b, t in shapes
    )


def _example(model: CaptionModel, *, batch: int, tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(tokens)
    vocabulary = model.encoder.config.vocab_size
    ids = torch.randint(0, vocabulary, (batch, tokens), generator=generator)
    lengths = torch.randint(1, tokens + 1, (batch, 1), generator=generator)
    return ids, (torch.arange(tokens) < lengths).long()


def int8_loss(
    plain: Path, shipped: Path, texts: RatedTexts, threads: int
) -> tuple[float, npt.NDArray[np.float64]]:
    """How much r falls by quantisation on the worst data set, and what the int8 file predicts.

    Raises ``ValueError`` where that exceeds ``INT8_LOSS``.
    """
    predicted = predict(shipped, texts.ids, threads)
    reference = correlations(predict(plain, texts.ids, threads), texts)
    figures = correlations(predicted, texts)
    loss = max(reference[key] - figures[key] for key in reference)
    if loss > INT8_LOSS:
        raise ValueError(f"int8 costs {loss:.4f} of Pearson's r, more than {INT8_LOSS}.")
    return loss, predicted


def predict(path: Path, ids: Sequence[Sequence[int]], threads: int) -> npt.NDArray[np.float64]:
    """Valence and arousal ``(N, 2)``, one text at a time, as the bot reads them.

    A batch would be padded, and padding costs more than a batch gains.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    rows = []
    for row in ids:
        array = np.array([row], dtype=np.int64)
        rows.append(session.run(None, {_INPUTS[0]: array, _INPUTS[1]: np.ones_like(array)}))
    return np.array(rows, dtype=np.float64)[:, :, 0]


def _sigma(predicted: npt.NDArray[np.float64], texts: RatedTexts) -> dict[str, float]:
    tokens = np.array([len(ids) for ids in texts.ids])
    rating = np.where(texts.is_graded, texts.ratings[:, 0], np.nan)
    return fit_sigma(predicted[:, 0], tokens, texts.source, rating)


def correlations(predicted: npt.NDArray[np.float64], texts: RatedTexts) -> dict[str, float]:
    """Pearson's r by data set and axis: ``{"facebook_va_dev_valence_r": ...}``."""
    figures = {}
    for source in sorted(set(texts.source.tolist())):
        for axis, name in enumerate(_OUTPUTS):
            rows = (texts.source == source) & ~np.isnan(texts.ratings[:, axis])
            if rows.sum() >= _MIN_ROWS:
                r = pearson(predicted[rows, axis], texts.ratings[rows, axis])
                figures[f"{source}_dev_{name}_r"] = round(r, 4)
    return figures
