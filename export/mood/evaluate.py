"""``python -m export evaluate mood FILE``: each source and the fused mood against ratings."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from export.metrics import regression
from export.mood.rated_photos import RatedPhoto, read_rated_photos
from export.report import AsJson, show
from inference.analyzer import Analyzer
from inference.fusion import SOURCES, Mood


def evaluate_mood(
    file: Annotated[Path, typer.Argument(help="table with photo, caption, valence, arousal")],
    as_json: AsJson = False,
) -> None:
    """Faces, scene, caption and their fusion side by side, and how true the spread is."""
    analyzer = Analyzer(threads=1)
    rows = [
        (rated, analyzer.analyze(rated.photo.read_bytes(), rated.caption).mood)
        for rated in track(
            read_rated_photos(file), description=file.name, console=Console(stderr=True)
        )
    ]
    show(measure(rows), as_json=as_json)


def measure(rows: list[tuple[RatedPhoto, Mood]]) -> dict[str, Any]:
    """The figures; a source is judged on the rows in which it says something."""
    inside = [abs(mood.valence - rated.valence) <= mood.spread for rated, mood in rows]
    sources = {
        source: _compare(
            [(rated, point) for rated, mood in rows if (point := _said_by(mood, source))]
        )
        for source in SOURCES
    }
    fused = _compare([(rated, (mood.valence, mood.arousal)) for rated, mood in rows])
    return {
        "n": len(rows),
        "within_one_spread": round(sum(inside) / len(inside), 4),
        "sources": {**sources, "fused": fused},
    }


def _said_by(mood: Mood, source: str) -> tuple[float, float] | None:
    """Calibrated valence and arousal of one source, if it says anything."""
    said = [e for e in mood.evidence if e.source == source]
    total = sum(e.weight for e in said)
    if not total:
        return None
    return (
        sum(e.weight * e.valence for e in said) / total,
        sum(e.weight * e.arousal for e in said) / total,
    )


def _compare(pairs: list[tuple[RatedPhoto, tuple[float, float]]]) -> dict[str, Any]:
    if not pairs:
        return {"n": 0, "valence": None, "arousal": None}
    with_arousal = [
        (point[1], rated.arousal) for rated, point in pairs if rated.arousal is not None
    ]
    return {
        "n": len(pairs),
        "valence": regression([p[0] for _, p in pairs], [rated.valence for rated, _ in pairs]),
        "arousal": regression(*zip(*with_arousal, strict=True)) if with_arousal else None,
    }
