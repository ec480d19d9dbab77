"""From a mood to the valence and energy of the music that fits it."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from inference.errors import ModelError
from inference.fusion import Mood
from inference.manifest import MODELS_DIR

Direction = Literal["happier", "sadder", "livelier", "calmer"]

DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)

# About one standard deviation of energy, and three quarters of one of valence, within one mood
# label (0.15 and 0.20 over 1,865 labelled tracks): less than that, and the next five songs could
# as well have come without the turn. Sad and Happy lie 0.37 apart in valence, two and a half steps.
STEPS: Final[Mapping[Direction, tuple[float, float]]] = {
    "happier": (0.15, 0.05),
    "sadder": (-0.15, -0.05),
    "livelier": (0.0, 0.15),
    "calmer": (0.0, -0.15),
}
"""What one press of a button adds to valence and energy."""


@dataclass(frozen=True, slots=True)
class MusicTarget:
    """Where the songs should be, 0 to 1 on Spotify's scale, where arousal is called energy."""

    valence: float
    energy: float


@dataclass(frozen=True, slots=True)
class LogisticPlane:
    """``1 / (1 + exp(-(intercept + valence * v + arousal * a)))`` over a mood's ``v`` and ``a``.

    Neither slope is negative, so the answer never falls when valence or arousal rises.
    """

    intercept: float
    valence: float
    arousal: float

    def at(self, valence: float, arousal: float) -> float:
        """The value at one mood, strictly between 0 and 1."""
        return 1 / (1 + math.exp(-self.logit(valence, arousal)))

    def logit(self, valence: float, arousal: float) -> float:
        """The value before the logistic function."""
        return self.intercept + self.valence * valence + self.arousal * arousal


@dataclass(frozen=True, slots=True)
class TargetMap:
    """The fitted map; ``python -m export fit-target`` writes it and says how it is fitted."""

    valence: LogisticPlane
    energy: LogisticPlane
    valence_range: tuple[float, float]
    """Between these a catalogue has tracks; targets are clipped to them."""
    energy_range: tuple[float, float]
    made_by: str

    @classmethod
    def load(cls, path: Path = MODELS_DIR / "target.json") -> "TargetMap":
        """Reads the map. Raises ``ModelError`` where the file is missing or malformed."""
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                valence=LogisticPlane(**fields["valence"]),
                energy=LogisticPlane(**fields["energy"]),
                valence_range=_pair(fields["valence_range"]),
                energy_range=_pair(fields["energy_range"]),
                made_by=str(fields["made_by"]),
            )
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ModelError(
                f"The music target map {path} cannot be read ({error}); install Storify again."
            ) from error

    def save(self, path: Path) -> None:
        """Writes the map as readable JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def target(self, valence: float, arousal: float) -> MusicTarget:
        """The target for a point of the mood plane, clipped to where there are tracks."""
        return self.clip(self.valence.at(valence, arousal), self.energy.at(valence, arousal))

    def clip(self, valence: float, energy: float) -> MusicTarget:
        """The nearest target inside the ranges."""
        return MusicTarget(_clip(valence, *self.valence_range), _clip(energy, *self.energy_range))


@cache
def shipped_map() -> TargetMap:
    """The map that ships with Storify, read once."""
    return TargetMap.load()


def music_target(mood: Mood) -> MusicTarget:
    """Where the songs for this mood should be.

    Both numbers are continuous in the mood; neither falls when the mood's valence or arousal rises.
    """
    return shipped_map().target(mood.valence, mood.arousal)


def step(target: MusicTarget, direction: Direction) -> MusicTarget:
    """The target after one press of "Happier", "Calmer" and so on: a difference that is heard."""
    valence, energy = STEPS[direction]
    return shipped_map().clip(target.valence + valence, target.energy + energy)


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _pair(values: list[float]) -> tuple[float, float]:
    low, high = values
    return float(low), float(high)
