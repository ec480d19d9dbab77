"""A recommendation in a terminal or a pipe: lines for people, one JSON object for programs."""

from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
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
    """What was read, from what, and the tracks."""
    mood, target = recommendation.mood, recommendation.target
    console.print(Text.assemble("Mood    ", (mood.label, "bold"), f"  {_numbers(mood)}"))
    for evidence in mood.evidence:
        console.print(
            f"        {evidence.source}: {evidence.label}, valence {evidence.valence:.2f}, "
            f"arousal {evidence.arousal:.2f}, weight {evidence.weight:.0%}",
            highlight=False,
        )
    console.print(
        f"Target  valence {target.valence:.2f}, energy {target.energy:.2f}", highlight=False
    )
    for ranked in recommendation.tracks:
        track = ranked.track
        title = Text.assemble(
            f"{ranked.rank}. ", (track.title, "bold"), f" - {', '.join(track.artists)}"
        )
        details = Group(Text(ranked.reason, "dim"), Text(track.url, "cyan"))
        console.print(Padding(title, (1, 0, 0, 0)))
        console.print(Padding(details, (0, 0, 0, 3)), soft_wrap=True)


def _numbers(mood: Mood) -> str:
    return f"valence {mood.valence:.2f} ± {mood.spread:.2f}, arousal {mood.arousal:.2f}"
