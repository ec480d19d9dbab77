"""Fits the map from a mood to Spotify's valence and energy on tracks with mood labels.

Each label stands at its word's place on the mood plane (Warriner norms, rescaled to 0..1), and the
median track of the label is where the music for that mood is. Both maps are logistic planes:
Spotify's scales end at 0 and 1, and medians, not extremes, are what people call happy or sad.

Energy: least squares over the four labels, no slope below zero.

Valence: only Happy and Sad name a valence. Calm and Energetic name an arousal (tracks labelled Calm
are mostly quiet instrumentals, whose valence Spotify puts at .15, below Sad), so they have no say.
How much valence moves with energy comes from the catalogue as a whole; the slope over the mood's
own valence then goes through the medians of Happy and Sad. They stand at ``DEGREE`` of the way
from neutral to their word, because a label is given to every degree of its mood and not to the
strongest alone.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import typer
from numpy.typing import NDArray

from export.console import log
from inference.manifest import MODELS_DIR
from inference.target import LogisticPlane, TargetMap

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

LABEL_MOODS: Final[Mapping[str, tuple[float, float]]] = {
    "Happy": (0.93, 0.63),
    "Sad": (0.14, 0.31),
    "Calm": (0.74, 0.08),
    "Energetic": (0.82, 0.64),
}
"""Valence and arousal of the labels' words."""

NEUTRAL_VALENCE: Final = 0.56
DEGREE: Final = 2 / 3
"""The mean degree of a named mood: from a third, below which nobody names it, to the full."""

RANGE_QUANTILES: Final = (0.02, 0.98)


def fit_target(
    labels: Annotated[
        Path,
        typer.Argument(help="Parquet with mood (Happy, Sad, Calm, Energetic), valence, energy."),
    ],
    catalogue: Annotated[
        Path, typer.Argument(help="Track table with valence and energy: parquet, csv or tsv (.gz).")
    ],
    out: Annotated[Path, typer.Option(help="The map to write.")] = MODELS_DIR / "target.json",
) -> None:
    """Fit mood -> music target on mood-labelled tracks and write it as JSON."""
    import polars as pl

    labelled = pl.read_parquet(labels)
    tracks = _read_table(catalogue)
    medians = _by_label(labelled, np.median)
    spreads = _by_label(labelled, np.std)
    fitted = fit_map(medians, tracks["valence"].to_numpy(), tracks["energy"].to_numpy())
    fitted.save(out)

    pooled = np.sqrt(np.mean([np.square(spread) for spread in spreads.values()], axis=0))
    log(f"within a label: valence sd {pooled[0]:.3f}, energy sd {pooled[1]:.3f}")
    for label, (valence, arousal) in LABEL_MOODS.items():
        target = fitted.target(valence, arousal)
        log(
            f"{label:9s} median valence {medians[label][0]:.3f} energy {medians[label][1]:.3f} "
            f"-> target {target.valence:.3f} {target.energy:.3f}"
        )


def fit_map(medians: Mapping[str, Floats], valence: Floats, energy: Floats) -> TargetMap:
    """The map through the labels' median ``(valence, energy)``, given a catalogue's tracks."""
    energy_plane = _fit_energy(medians)
    coupling = _slope(_logit(energy), _logit(valence))
    valence_plane = _fit_valence(medians, coupling * energy_plane.arousal)
    return TargetMap(
        valence=valence_plane,
        energy=energy_plane,
        valence_range=_quantiles(valence),
        energy_range=_quantiles(energy),
        made_by="python -m export fit-target MOOD_LABELS.parquet CATALOGUE",
    )


def _fit_energy(medians: Mapping[str, Floats]) -> LogisticPlane:
    from sklearn.linear_model import LinearRegression

    moods = np.array(list(LABEL_MOODS.values()))
    logits = _logit(np.array([medians[label][1] for label in LABEL_MOODS]))
    model = LinearRegression(positive=True).fit(moods, logits)
    return _rounded(float(model.intercept_), float(model.coef_[0]), float(model.coef_[1]))


def _fit_valence(medians: Mapping[str, Floats], arousal_slope: float) -> LogisticPlane:
    moods = {
        label: (NEUTRAL_VALENCE + DEGREE * (LABEL_MOODS[label][0] - NEUTRAL_VALENCE), arousal)
        for label, (_, arousal) in LABEL_MOODS.items()
    }
    rest = {
        label: float(_logit(medians[label][:1])[0]) - arousal_slope * moods[label][1]
        for label in ("Happy", "Sad")
    }
    slope = (rest["Happy"] - rest["Sad"]) / (moods["Happy"][0] - moods["Sad"][0])
    return _rounded(rest["Sad"] - slope * moods["Sad"][0], slope, arousal_slope)


def _rounded(intercept: float, valence: float, arousal: float) -> LogisticPlane:
    return LogisticPlane(
        round(intercept, 4), round(max(valence, 0.0), 4), round(max(arousal, 0.0), 4)
    )


def _logit(values: Floats) -> Floats:
    inside = np.clip(values, 0.02, 0.98)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def _slope(x: Floats, y: Floats) -> float:
    return float(np.polyfit(x, y, 1)[0])


def _quantiles(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, RANGE_QUANTILES)
    return round(float(low), 3), round(float(high), 3)


def _by_label(labelled: "pl.DataFrame", statistic: Callable[..., Floats]) -> dict[str, Floats]:
    import polars as pl

    return {
        label: np.asarray(
            statistic(
                labelled.filter(pl.col("mood") == label).select("valence", "energy").to_numpy(),
                axis=0,
            )
        )
        for label in LABEL_MOODS
    }


def _read_table(path: Path) -> "pl.DataFrame":
    import polars as pl

    if path.suffix == ".parquet":
        return pl.read_parquet(path, columns=["valence", "energy"])
    separator = "\t" if ".tsv" in path.suffixes else ","
    return pl.read_csv(path, separator=separator, columns=["valence", "energy"], quote_char=None)
