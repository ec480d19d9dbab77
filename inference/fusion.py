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
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, get_args

from inference.errors import ModelError, NoEvidenceError
from inference.manifest import MODELS_DIR
from inference.mood_label import are_opposed, mood_label

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
    """From a source's raw reading to the rating people would give, both 0 to 1.

    A line between their logits, ``offset + slope * logit(reading)``: unlike a line between the
    numbers themselves it cannot leave the scale, nor lift the darkest words off its end.
    """

    offset: float
    slope: float
    sigma: float
    """Standard error of that rating, on the scale of ratings."""

    def estimate(self, reading: float) -> float:
        """The expected rating, 0 to 1."""
        return 1 / (1 + math.exp(-self.offset - self.slope * logit(reading)))


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
    """What stories are like on average: ``slope`` is 0, ``sigma`` their standard deviation."""
    usual_caption_sigma: float
    """Mean of what the caption model says of its own error; a larger one means more doubt."""
    made_by: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Figures measured when it was fitted, each with its split in its name."""

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
            return cls(
                **axes,
                usual_caption_sigma=usual,
                made_by=str(fields["made_by"]),
                metrics=dict(fields["metrics"]),
            )
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
            source: self._precision(_pooled_sigma(members)) for source, members in pooled.items()
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
        doubt = 1 / (total + self.prior.valence.sigma**-2)
        spread = math.sqrt(doubt + _ambivalence(weighed, self.prior.valence.estimate(0.5)) ** 2)
        label = mood_label(valence, arousal, opposed=_opposed(weighed))
        return Mood(valence, arousal, spread, label, weighed)

    def _precision(self, sigma: float) -> float:
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
        usual = prior.estimate(0.5)
        numerator, denominator = prior_precision * usual, prior_precision
        for source, members in pooled.items():
            added = precision[source]
            if axis == "arousal":
                link: Link = self.axes(source).arousal
                # A reading that is in doubt on one axis is as much so on the other.
                doubt = _pooled_sigma(members) / self.axes(source).valence.sigma
                added = max((link.sigma * doubt) ** -2 - prior_precision, LEAST_PRECISION)
            estimate = sum(
                share * float(getattr(member, axis))
                for member, share in zip(members, _shares(members), strict=True)
            )
            # The estimate holds the prior already: the source itself says what lies beyond it.
            numerator += (added + prior_precision) * estimate - prior_precision * usual
            denominator += added
        return min(max(numerator / denominator, 0.0), 1.0)


def logit(share: float) -> float:
    """``log(share / (1 - share))``, for shares held within .01 and .99."""
    held = min(max(share, 0.01), 0.99)
    return math.log(held / (1 - held))


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


def _ambivalence(weighed: Sequence[Evidence], usual: float) -> float:
    """How much of what was read is brighter than usual, and how much is darker, at once.

    Twice the geometric mean of the two: 0 where nothing contradicts, and sources that say the same
    with different force do not. A smile above a sad caption does.
    """
    brighter = sum(e.weight * max(e.valence - usual, 0.0) for e in weighed)
    darker = sum(e.weight * max(usual - e.valence, 0.0) for e in weighed)
    return 2 * math.sqrt(brighter * darker)


def _opposed(weighed: Sequence[Evidence]) -> bool:
    """Whether sources that count contradict each other."""
    heard = [
        sum(e.weight * e.valence for e in members) / weight
        for members in _by_source(weighed).values()
        if (weight := sum(e.weight for e in members)) >= HEARD
    ]
    return bool(heard) and are_opposed(max(heard), min(heard))
