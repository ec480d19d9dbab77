"""Measures each source against people's ratings: ``python -m export fit-fusion RATINGS``.

For every source and axis a weighted least-squares line between the logits of raw reading and
rating, and the standard deviation of what it leaves unexplained. Photos with large, clear faces
count more in the line of the faces.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.progress import track
from sklearn.model_selection import GroupKFold

from export.console import log
from export.metrics import mean_absolute_error, pearson
from export.mood.rated_photos import RatedPhoto, read_rated_photos, read_readings
from inference.analyzer import evidence_of, face_weight
from inference.fusion import SOURCES, Axes, Fusion, Link, Source, logit
from inference.manifest import MODELS_DIR
from inference.readings import Readings, StoryReader
from inference.scene import SceneReading

Axis = Literal["valence", "arousal"]
Floats = npt.NDArray[np.float64]

FOLDS: Final = 5
FEWEST: Final = 10
"""Readings of a source below which nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class RatedStory:
    """What people said of a story, and what the models read in it."""

    rated: RatedPhoto
    readings: Readings


def fit_fusion(
    ratings: Annotated[Path, typer.Argument(help="photo, caption, valence, arousal, theme")],
    scene: Annotated[
        Path | None,
        typer.Option(help="held-out scene readings, where the scene model knows the photos"),
    ] = None,
    out: Annotated[Path, typer.Option(help="folder of the models")] = MODELS_DIR,
) -> None:
    """Fits how far to trust faces, scene and caption, and writes fusion.json."""
    stories = read_stories(ratings, read_readings(scene) if scene else {})
    command = f"python -m export fit-fusion {ratings.name}"
    fusion = replace(fit(stories, made_by=command), metrics=cross_validate(stories))
    fusion.save(out / "fusion.json")
    for source in SOURCES:
        log(f"{source}: {fusion.axes(source)}")
    log("  ".join(f"{name} {figure:.3f}" for name, figure in fusion.metrics.items()))


def read_stories(table: Path, held_out: dict[str, tuple[float, float]]) -> tuple[RatedStory, ...]:
    """Everything the shipped models read in each row; ``held_out`` scene readings go first."""
    reader = StoryReader(threads=1)
    stories = []
    rows = read_rated_photos(table)
    for rated in track(rows, description=table.name, console=Console(stderr=True)):
        readings = reader.read(rated.photo.read_bytes(), rated.caption)
        if point := held_out.get(rated.photo.name):
            readings = replace(readings, scene=SceneReading(*point))
        stories.append(RatedStory(rated, readings))
    return tuple(stories)


def fit(stories: Sequence[RatedStory], *, made_by: str) -> Fusion:
    """The calibration of every source on these stories."""
    sigmas = [story.readings.caption.sigma for story in stories if story.readings.caption]
    return Fusion(
        face=_axes(stories, "face"),
        scene=_axes(stories, "scene"),
        caption=_axes(stories, "caption"),
        prior=Axes(_prior(stories, "valence"), _prior(stories, "arousal")),
        usual_caption_sigma=round(float(np.mean(sigmas)), 4),
        made_by=made_by,
    )


def cross_validate(stories: Sequence[RatedStory]) -> dict[str, float]:
    """Figures of the fused mood on themes that its calibration never saw."""
    moods = np.empty((len(stories), 3))
    themes = [story.rated.theme for story in stories]
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(themes, groups=themes):
        fusion = fit([stories[row] for row in train], made_by="a fold")
        for row in test:
            mood = fusion.fuse(evidence_of(stories[row].readings, fusion))
            moods[row] = mood.valence, mood.arousal, mood.spread
    truth = _ratings(stories, "valence")
    figures = {
        "themewise_cv_valence_r": pearson(moods[:, 0], truth),
        "themewise_cv_valence_mae": mean_absolute_error(moods[:, 0], truth),
        "themewise_cv_arousal_r": pearson(moods[:, 1], _ratings(stories, "arousal")),
        "themewise_cv_within_one_spread": float((abs(moods[:, 0] - truth) <= moods[:, 2]).mean()),
    }
    return {name: round(figure, 4) for name, figure in figures.items()}


def _axes(stories: Sequence[RatedStory], source: Source) -> Axes:
    return Axes(_link(stories, source, "valence"), _link(stories, source, "arousal"))


def _link(stories: Sequence[RatedStory], source: Source, axis: Axis) -> Link:
    """The weighted least-squares line between the logits of readings and ratings."""
    heard = [
        (story, reading)
        for story in stories
        if (reading := _reading(story.readings, source, axis)) is not None
    ]
    if len(heard) < FEWEST:
        raise ValueError(
            f"The {source} says something in {len(heard)} of {len(stories)} rows; "
            f"fit the fusion on a table with at least {FEWEST} such rows."
        )
    x = np.array([logit(reading) for _, reading in heard])
    ratings = _ratings([story for story, _ in heard], axis)
    y = np.array([logit(rating) for rating in ratings])
    weights = np.array([_weight(story.readings, source) for story, _ in heard])
    mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
    covariance = np.average((x - mean_x) * (y - mean_y), weights=weights)
    slope = float(covariance / max(np.average((x - mean_x) ** 2, weights=weights), 1e-12))
    # A brighter reading must not make a darker mood. And plain descriptions of photos hardly vary
    # in arousal: a line steeper than 1, fitted on them, would overshoot on what people do write.
    slope = min(max(slope, 0.0), 1.0)
    link = Link(round(float(mean_y - slope * mean_x), 4), round(slope, 4), sigma=0.0)
    estimates = np.array([link.estimate(reading) for _, reading in heard])
    error = np.sqrt(np.average((ratings - estimates) ** 2, weights=weights))
    # Photos with faces vary more than others; what counts is the share that a source explains.
    deviation = np.sqrt(np.cov(ratings, aweights=weights, bias=True))
    return replace(link, sigma=round(float(error / deviation * _ratings(stories, axis).std()), 4))


def _reading(readings: Readings, source: Source, axis: Axis) -> float | None:
    """What one source gave on one axis, before calibration."""
    if source == "face":
        if not readings.faces:
            return None
        each = [scores.valence_arousal[axis == "arousal"] for scores in readings.faces]
        return float(np.average(each, weights=list(map(face_weight, readings.faces))))
    read = readings.scene if source == "scene" else readings.caption
    return float(getattr(read, axis)) if read else None


def _weight(readings: Readings, source: Source) -> float:
    return max(map(face_weight, readings.faces)) if source == "face" else 1.0


def _ratings(stories: Sequence[RatedStory], axis: Axis) -> Floats:
    ratings = [getattr(story.rated, axis) for story in stories]
    if None in ratings:
        raise ValueError(f"To fit the fusion every row needs a rated {axis}; complete the table.")
    return np.array(ratings, np.float64)


def _prior(stories: Sequence[RatedStory], axis: Axis) -> Link:
    ratings = _ratings(stories, axis)
    mean, deviation = float(ratings.mean()), float(ratings.std())
    return Link(round(logit(mean), 4), 0.0, round(deviation, 4))
