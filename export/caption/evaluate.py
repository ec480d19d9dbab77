"""How well the shipped caption model agrees with people: ``evaluate caption FILE``."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from export.caption.captions import Caption, CaptionDataError, read_captions
from export.console import log
from export.metrics import regression
from export.report import AsJson
from inference.caption import CaptionReader
from inference.errors import InferenceError
from inference.mood_words import NEUTRAL

Reading = tuple[float, float]


def evaluate_caption(
    file: Annotated[Path, typer.Argument(help="TSV or parquet: text, valence, arousal, source")],
    as_json: AsJson = False,
    split: Annotated[str, typer.Option(help="only the rows of this split, such as dev")] = "",
    threads: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Pearson's r and mean absolute error of the caption model on rated texts, by source."""
    try:
        report = evaluate(read_rated(file, split), caption_reader(threads))
    except (CaptionDataError, InferenceError) as error:
        log(str(error))
        raise typer.Exit(1) from error
    typer.echo(json.dumps(report) if as_json else as_table(report))


def read_rated(file: Path, split: str = "") -> list[Caption]:
    """The rated rows, of one split if named; raises ``CaptionDataError`` if there are none."""
    captions = read_captions(file)
    rated = [
        caption
        for caption in captions
        if (caption.valence is not None or caption.arousal is not None)
        and split in {"", caption.split}
    ]
    if not rated:
        raise CaptionDataError(f"{file} has no rated text; it needs valence, arousal or both.")
    return rated


def caption_reader(threads: int) -> Callable[[str], Reading]:
    """A function from a text to valence and arousal; neutral where the text says nothing."""
    reader = CaptionReader(threads=threads)

    def read(text: str) -> Reading:
        reading = reader.read(text)
        return NEUTRAL if reading is None else (reading.valence, reading.arousal)

    return read


def evaluate(captions: Sequence[Caption], read: Callable[[str], Reading]) -> dict[str, Any]:
    """``{"n", "ms_per_caption", "sources": {SOURCE: {"n", "valence", "arousal"}}}``.

    Pearson's r does not depend on the scale of a source, the mean absolute error does: it is small
    only where raters used the scale as the model does. ``None`` where a source has no such rating.
    """
    read(captions[0].text)  # the first call pays for memory that later ones find ready
    started = time.perf_counter()
    readings = [read(caption.text) for caption in captions]
    elapsed = time.perf_counter() - started
    pairs = list(zip(captions, readings, strict=True))
    return {
        "n": len(captions),
        "ms_per_caption": round(1000 * elapsed / len(captions), 3),
        "sources": {
            source: _figures([pair for pair in pairs if pair[0].source == source])
            for source in sorted({caption.source for caption in captions})
        },
    }


def _figures(pairs: Sequence[tuple[Caption, Reading]]) -> dict[str, Any]:
    valence = [(v, c.valence) for c, (v, _) in pairs if c.valence is not None]
    arousal = [(a, c.arousal) for c, (_, a) in pairs if c.arousal is not None]
    return {"n": len(pairs), "valence": _agreement(valence), "arousal": _agreement(arousal)}


def _agreement(pairs: Sequence[tuple[float, float]]) -> dict[str, float] | None:
    if not pairs:
        return None
    predicted, rated = zip(*pairs, strict=True)
    return regression(predicted, rated)


def as_table(report: dict[str, Any]) -> str:
    """The report as lines to read."""
    lines = [f"{'source':24} {'n':>6}  valence r    mae  arousal r    mae"]
    for source, row in report["sources"].items():
        cells = [
            f"{axis['pearson']:9.3f} {axis['mae']:6.3f}" if axis else " " * 16
            for axis in (row["valence"], row["arousal"])
        ]
        lines.append(f"{source:24} {row['n']:6}  {'  '.join(cells)}".rstrip())
    lines.append(f"{report['n']} captions, {report['ms_per_caption']:.1f} ms each")
    return "\n".join(lines)
