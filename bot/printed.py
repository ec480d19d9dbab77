"""A recommendation in a terminal or a pipe: lines for people, one JSON object for programs."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.types import Recommendation
from inference.fusion import Mood


def as_json(recommendation: Recommendation) -> dict[str, Any]:
    """The object that ``suggest --json`` prints; other programs rely on its form."""
    mood, target = recommendation.mood, recommendation.target
    return {
        "mood": {
            "valence": round(mood.valence, 4),
            "arousal": round(mood.arousal, 4),
            "spread": round(mood.spread, 4),
            "label": mood.label,
            "evidence": [
                {
                    "source": e.source,
                    "label": e.label,
                    "valence": round(e.valence, 4),
                    "arousal": round(e.arousal, 4),
                    "weight": round(e.weight, 4),
                }
                for e in mood.evidence
            ],
        },
        "target": {"valence": round(target.valence, 4), "energy": round(target.energy, 4)},
        "tracks": [
            {
                "rank": ranked.rank,
                "id": ranked.track.id,
                "title": ranked.track.title,
                "artists": list(ranked.track.artists),
                "url": ranked.track.url,
                "valence": ranked.track.valence,
                "energy": ranked.track.energy,
                "score": round(ranked.score, 4),
                "reason": ranked.reason,
            }
            for ranked in recommendation.tracks
        ],
        "elapsed_ms": dict(recommendation.elapsed_ms),
    }


def print_recommendation(recommendation: Recommendation, console: Console) -> None:
    """What was read, from what, and the tracks; a line is never cut, in a pipe least of all."""
    for line in _lines(recommendation):
        console.print(line, soft_wrap=True)


def _lines(recommendation: Recommendation) -> Iterator[Text]:
    mood, target = recommendation.mood, recommendation.target
    yield Text.assemble("Mood    ", (mood.label, "bold"), f"  {_numbers(mood)}")
    for evidence in mood.evidence:
        yield Text(
            f"        {evidence.source}: {evidence.label}, valence {evidence.valence:.2f}, "
            f"arousal {evidence.arousal:.2f}, weight {evidence.weight:.0%}"
        )
    yield Text(f"Target  valence {target.valence:.2f}, energy {target.energy:.2f}")
    for ranked in recommendation.tracks:
        track = ranked.track
        artists = ", ".join(track.artists)
        yield Text.assemble(f"\n{ranked.rank}. ", (track.title, "bold"), f" - {artists}")
        yield Text(f"   {ranked.reason}", "dim")
        yield Text(f"   {track.url}", "cyan")


def _numbers(mood: Mood) -> str:
    return f"valence {mood.valence:.2f} ± {mood.spread:.2f}, arousal {mood.arousal:.2f}"
