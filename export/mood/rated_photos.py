"""Photos with a caption and rated valence and arousal, as a tab-separated table without quoting."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class RatedPhoto:
    """One row: ``valence`` and ``arousal`` are 0 to 1, ``arousal`` is ``None`` where not rated."""

    photo: Path
    caption: str
    valence: float
    arousal: float | None
    theme: str
    """Photos of one theme are alike and must not be split between training and test."""


def read_rated_photos(table: Path) -> tuple[RatedPhoto, ...]:
    """Reads ``photo`` (path beside the table), ``caption``, ``valence`` and, if there, ``arousal``.

    ``theme`` is the photo's own path where the table has no such column. Raises ``ValueError`` with
    a sentence for the person where a column is missing or a number is none.
    """
    with table.open(newline="", encoding="utf-8") as handle:
        lines = csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = {"photo", "caption", "valence"} - set(lines.fieldnames or ())
        if missing:
            raise ValueError(
                f"{table} has no column {', '.join(sorted(missing))}; "
                "it needs photo, caption and valence, separated by tabs."
            )
        return tuple(_rated_photo(line, table, lines.line_num) for line in lines)


def write_readings(
    path: Path, rated: Sequence[RatedPhoto], readings: npt.NDArray[np.floating]
) -> None:
    """Writes ``readings (N, 2)``, valence and arousal, one line a photo, under the photo's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        f"{photo.photo.name}\t{valence:.4f}\t{arousal:.4f}\n"
        for photo, (valence, arousal) in zip(rated, readings, strict=True)
    )
    path.write_text("photo\tvalence\tarousal\n" + "".join(lines), encoding="utf-8")


def read_readings(path: Path) -> dict[str, tuple[float, float]]:
    """What ``write_readings`` wrote: a photo's name to valence and arousal."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return {name: (float(valence), float(arousal)) for name, valence, arousal in rows}


def _rated_photo(line: dict[str, str], table: Path, number: int) -> RatedPhoto:
    try:
        return RatedPhoto(
            photo=table.parent / line["photo"],
            caption=line["caption"] or "",
            valence=float(line["valence"]),
            arousal=float(line["arousal"]) if line.get("arousal") else None,
            theme=line.get("theme") or line["photo"],
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"{table}, line {number}: {error}; correct or remove the row.") from error
