"""The tracks that ship with Storify, so that it works without a key and without an import.

``builtin.tsv.gz`` is made by ``python -m export catalog``, which says where its tracks come from.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.catalog.table import TableRow
from bot.errors import CatalogError
from bot.types import Track

BUILTIN_PATH: Final = Path(__file__).with_name("builtin.tsv.gz")

COLUMNS: Final = (
    "id",
    "title",
    "artists",
    "album",
    "genres",
    "explicit",
    "popularity",
    "duration_ms",
    "valence",
    "energy",
)
"""Of the file, in its order. ``artists`` and ``genres`` are separated by semicolons."""


def read_builtin(path: Path = BUILTIN_PATH) -> Iterator[TableRow]:
    """Every row of the file. Raises ``CatalogError`` where it is missing or damaged."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            reader = csv.DictReader(text, dialect="excel-tab", quoting=csv.QUOTE_NONE)
            for fields in reader:
                yield _row(fields)
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise CatalogError(
            f"The built-in track table {path} cannot be read ({error}); install Storify again."
        ) from error


def _row(fields: dict[str, str]) -> TableRow:
    return TableRow(
        Track(
            id=fields["id"],
            title=fields["title"],
            artists=tuple(fields["artists"].split(";")),
            album=fields["album"],
            genres=tuple(fields["genres"].split(";")),
            explicit=fields["explicit"] == "1",
            popularity=int(fields["popularity"]),
            valence=float(fields["valence"]),
            energy=float(fields["energy"]),
        ),
        duration_ms=int(fields["duration_ms"]),
    )
