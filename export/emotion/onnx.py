"""From the best checkpoint to ``emotion.onnx``: ``python -m export export-emotion DATA``."""

from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import torch
import typer
from torch import nn
from torch.nn import functional as F

from export.console import log
from export.emotion.augment import centre_crop, normalise
from export.emotion.fer2013 import SIDE, read_split
from export.emotion.net import EmotionNet
from export.metrics import classification
from export.onnx_export import OPSET, assert_parity, export_onnx
from inference.labels import EMOTIONS
from inference.manifest import MODELS_DIR, ModelManifest, sha256_of

TOLERANCE = 1e-4
"""Largest difference between torch and ONNX Runtime that is accepted, in probability."""


class ServedEmotionNet(nn.Module):
    """``(N, 1, 48, 48)`` pixels 0 to 255 to ``(N, 7)`` probabilities.

    Preprocessing is part of the graph, so that serving cannot drift from training: centre crop,
    contrast normalisation, the mean of a face and its mirror image, and a softmax at the
    temperature that makes the probabilities true.
    """

    def __init__(self, net: EmotionNet, temperature: float = 1.0) -> None:
        super().__init__()
        self.net = net
        self.temperature = temperature

    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        """Mean logits of face and mirror image, before the temperature."""
        x = normalise(centre_crop(pixels))
        logits: torch.Tensor = (self.net(x) + self.net(x.flip(3))) / 2
        return logits

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Probabilities."""
        return (self.logits(pixels) / self.temperature).softmax(1)


def export_emotion(
    data: Annotated[Path, typer.Argument(help="FER-2013, for the temperature and the metrics")],
    checkpoint: Annotated[Path, typer.Option(help="what train-emotion kept")] = Path(
        "runs/emotion/best.pt"
    ),
    out: Annotated[Path, typer.Option(help="folder for emotion.onnx and .json")] = MODELS_DIR,
) -> None:
    """Exports the emotion CNN with a temperature fitted on PublicTest, checked against torch."""
    test = read_split(data, "test")
    pixels, labels = torch.from_numpy(test.images)[:, None].float(), torch.from_numpy(test.labels)
    net = EmotionNet()
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    net.load_state_dict(state["ema"])
    served = ServedEmotionNet(net).eval().requires_grad_(False)
    with torch.inference_mode():
        logits = torch.cat([served.logits(part) for part in torch.split(pixels, 256)])
    served.temperature = fit_temperature(logits, labels)
    probabilities = (logits / served.temperature).softmax(1).numpy()
    metrics = _metrics(probabilities, test.labels)
    log("  ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
    _write(served, out, metrics, pixels[:5], epochs=state["recipe"]["epochs"])


def fit_temperature(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """The temperature of least cross-entropy (Guo et al. 2017); ``logits (N, 7)``."""
    candidates = torch.logspace(-1, 1, 401)
    losses = [F.cross_entropy(logits / t, labels) for t in candidates]
    return float(candidates[int(torch.stack(losses).argmin())])


def _metrics(
    probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]
) -> dict[str, float]:
    figures = classification(probabilities, labels)
    return {f"publictest_{name}": figures[name] for name in ("accuracy", "macro_f1", "ece")}


def _write(
    served: ServedEmotionNet,
    out: Path,
    metrics: dict[str, float],
    example: torch.Tensor,
    *,
    epochs: int,
) -> None:
    path = out / "emotion.onnx"
    axes = {"pixels": {0: "faces"}, "probabilities": {0: "faces"}}
    export_onnx(
        served, [example], path, inputs=["pixels"], outputs=["probabilities"], free_axes=axes
    )
    difference = assert_parity(served, path, [example], tolerance=TOLERANCE)
    log(f"{path}: largest difference from torch {difference:.1e}")
    ModelManifest(
        file=path.name,
        sha256=sha256_of(path),
        input_name="pixels",
        input_shape=(None, 1, SIDE, SIDE),
        labels=EMOTIONS,
        opset=OPSET,
        licence="MIT (weights trained by the Storify project; FER-2013 under Kaggle's terms)",
        source=f"trained on FER-2013 Training with FER+ votes, {epochs} epochs, "
        "by `python -m export train-emotion`",
        colour_order="grey",
        mean=(0.0,),
        std=(1.0,),
        metrics=metrics,
        parameters={"temperature": round(served.temperature, 4)},
    ).save(out / "emotion.json")
