"""Evidence from faces, scene and caption, summed up as one mood.

Each source alone allows an estimate of the story's mood: its calibrated reading, with the standard
error that was measured for it. Estimates of several sources are combined by precision. All of them
already lean on what stories are like on average, so that prior must count once, not once a source:
its precision is taken out of each estimate and put back in at the end (the product of Gaussian
experts that share a prior; Bishop, "Pattern Recognition and Machine Learning", 2006, section 2.3).
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from inference.errors import ModelError, NoEvidenceError
from inference.manifest import MODELS_DIR
from inference.mood_label import mood_label

Source = Literal["face", "scene", "caption"]

SOURCES: Final[tuple[Source, ...]] = get_args(Source)

LEAST_PRECISION: Final = 0.5
"""A source that was measured to be no better than the prior is still heard, faintly."""

HEARD: Final = 0.15
"""Share of a mood from which on a piece of evidence makes it mixed when it disagrees."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source says: a point on valence and arousal (0 to 1) and its standard error."""

    source: Source
    label: str
    valence: float
    arousal: float
    sigma: float
    """Standard error of ``valence``."""
    weight: float = 1.0
    """Before fusion its share within its source, in any unit; in a ``Mood`` its share of the mood,
    all of which sum to 1."""


@dataclass(frozen=True, slots=True)
class Mood:
    """The fused point, 0 to 1 on both axes, and how far the truth may lie from it."""

    valence: float
    arousal: float
    spread: float
    """Standard error of ``valence``; grows with disagreement and doubt."""
    label: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """From a source's raw reading to the rating people would give, ``offset + slope * reading``."""

    offset: float
    slope: float
    sigma: float
    """Standard error of that rating."""

    def estimate(self, reading: float) -> float:
        """The expected rating, 0 to 1."""
        return min(max(self.offset + self.slope * reading, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Axes:
    """A link for each axis."""

    valence: Link
    arousal: Link


@dataclass(frozen=True, slots=True)
class Fusion:
    """The measured calibration of each source; ``python -m export fit-fusion`` writes it."""

    face: Axes
    scene: Axes
    caption: Axes
    prior: Axes
    """What stories are like on average: ``offset`` is the mean, ``slope`` 0, ``sigma`` their
    standard deviation."""
    usual_caption_sigma: float
    """Mean of what the caption model says of its own error; a larger one means more doubt."""
    made_by: str

    @classmethod
    def load(cls, path: Path = MODELS_DIR / "fusion.json") -> "Fusion":
        """Reads the calibration. Raises ``ModelError`` where the file is missing or malformed."""
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            axes = {
                name: Axes(*(Link(**fields[name][axis]) for axis in ("valence", "arousal")))
                for name in (*SOURCES, "prior")
            }
            usual = float(fields["usual_caption_sigma"])
            return cls(**axes, usual_caption_sigma=usual, made_by=str(fields["made_by"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ModelError(
                f"The fusion weights {path} cannot be read ({error}); install Storify again."
            ) from error

    def save(self, path: Path) -> None:
        """Writes the calibration as readable JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def axes(self, source: Source) -> Axes:
        """The links of one source."""
        return {"face": self.face, "scene": self.scene, "caption": self.caption}[source]

    def evidence(
        self,
        source: Source,
        label: str,
        valence: float,
        arousal: float,
        *,
        doubt: float = 1.0,
        weight: float = 1.0,
    ) -> Evidence:
        """A raw reading as calibrated evidence.

        ``doubt`` scales the source's usual standard error: above 1 for a reading that is less sure
        than most. ``weight`` is its share among the readings of the same source.
        """
        axes = self.axes(source)
        return Evidence(
            source=source,
            label=label,
            valence=axes.valence.estimate(valence),
            arousal=axes.arousal.estimate(arousal),
            sigma=axes.valence.sigma * doubt,
            weight=weight,
        )

    def fuse(self, evidence: Iterable[Evidence]) -> Mood:
        """The mood of a story. The order of the evidence does not matter.

        Raises ``NoEvidenceError`` where there is none.
        """
        pooled = _by_source(evidence)
        if not pooled:
            raise NoEvidenceError(
                "There is nothing to read a mood from; send a photo, or a caption with words."
            )
        precision = {
            source: self._precision(source, _pooled_sigma(members))
            for source, members in pooled.items()
        }
        valence = self._combine(pooled, precision, axis="valence")
        arousal = self._combine(pooled, precision, axis="arousal")
        total = sum(precision.values())
        shares = {source: p / total for source, p in precision.items()}
        weighed = tuple(
            replace(member, weight=shares[source] * share)
            for source, members in pooled.items()
            for member, share in zip(members, _shares(members), strict=True)
        )
        spread = math.sqrt(1 / (total + self.prior.valence.sigma**-2) + _disagreement(weighed))
        label = mood_label(valence, arousal, gap=_gap(weighed))
        return Mood(valence, arousal, spread, label, weighed)

    def _precision(self, source: Source, sigma: float) -> float:
        """What a source adds to the prior's precision of valence."""
        return max(sigma**-2 - self.prior.valence.sigma**-2, LEAST_PRECISION)

    def _combine(
        self,
        pooled: Mapping[Source, Sequence[Evidence]],
        precision: Mapping[Source, float],
        *,
        axis: Literal["valence", "arousal"],
    ) -> float:
        """The posterior mean on one axis, 0 to 1."""
        prior: Link = getattr(self.prior, axis)
        prior_precision = prior.sigma**-2
        numerator, denominator = prior_precision * prior.offset, prior_precision
        for source, members in pooled.items():
            added = precision[source]
            if axis == "arousal":
                usual: Link = self.axes(source).arousal
                # A reading that is in doubt on one axis is as much so on the other.
                doubt = _pooled_sigma(members) / self.axes(source).valence.sigma
                added = max((usual.sigma * doubt) ** -2 - prior_precision, LEAST_PRECISION)
            estimate = sum(
                share * float(getattr(member, axis))
                for member, share in zip(members, _shares(members), strict=True)
            )
            # The estimate holds the prior already: the source itself says what lies beyond it.
            numerator += (added + prior_precision) * estimate - prior_precision * prior.offset
            denominator += added
        return min(max(numerator / denominator, 0.0), 1.0)


@cache
def shipped_fusion() -> Fusion:
    """The calibration that ships with Storify, read once."""
    return Fusion.load()


def _by_source(evidence: Iterable[Evidence]) -> dict[Source, tuple[Evidence, ...]]:
    """Evidence grouped, in a fixed order."""
    given = tuple(evidence)
    groups = {
        source: tuple(
            sorted(
                (e for e in given if e.source == source),
                key=lambda e: (-e.weight, e.valence, e.arousal, e.label, e.sigma),
            )
        )
        for source in SOURCES
    }
    return {source: members for source, members in groups.items() if members}


def _shares(members: Sequence[Evidence]) -> list[float]:
    total = sum(member.weight for member in members)
    if total <= 0:
        return [1 / len(members)] * len(members)
    return [member.weight / total for member in members]


def _pooled_sigma(members: Sequence[Evidence]) -> float:
    """Standard error of the mean of one source's readings.

    One model made them all from one photo, so their errors go together and do not average out; and
    readings that differ (a smile beside a frown) leave more doubt.
    """
    shares = _shares(members)
    mean = sum(s * m.valence for s, m in zip(shares, members, strict=True))
    variance = sum(
        s * (m.sigma**2 + (m.valence - mean) ** 2) for s, m in zip(shares, members, strict=True)
    )
    return math.sqrt(variance)


def _disagreement(weighed: Sequence[Evidence]) -> float:
    """Weighted variance of valence between all that was read."""
    mean = sum(e.weight * e.valence for e in weighed)
    return sum(e.weight * (e.valence - mean) ** 2 for e in weighed)


def _gap(weighed: Sequence[Evidence]) -> float:
    """How far the sources that count lie apart in valence."""
    heard = [e.valence for e in weighed if e.weight >= HEARD]
    return max(heard) - min(heard) if heard else 0.0
