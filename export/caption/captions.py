"""Short texts with their ratings, from parquet or tab-separated files."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inference.text import PLACEHOLDER, normalise

_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


class CaptionDataError(Exception):
    """A caption file cannot be used; ``str()`` is one sentence for the person who named it."""


@dataclass(frozen=True, slots=True)
class Caption:
    """One row: a text and what people said of it.

    ``valence`` and ``arousal`` are 0 to 1 on the scale of ``source``, ``None`` where not rated.
    ``label`` is a word, several joined by commas, or a word with its intensity (``joy:0.56``).
    """

    text: str
    valence: float | None = None
    arousal: float | None = None
    label: str = ""
    source: str = ""
    split: str = ""


def read_captions(path: Path) -> list[Caption]:
    """All rows of a parquet file or of a TSV with a header and no quoting.

    Only ``text`` must be there; a file without ``source`` is one source named after the file.
    Raises ``CaptionDataError`` where the file cannot be read.
    """
    try:
        rows = list(_parquet_rows(path) if path.suffix == ".parquet" else _tsv_rows(path))
        return [_caption(row, path.stem) for row in rows]
    except (OSError, UnicodeDecodeError) as error:
        raise CaptionDataError(f"{path} cannot be read: {error}.") from error
    except KeyError as error:
        raise CaptionDataError(
            f"{path} has no column {error}; it needs at least `text`."
        ) from error
    except ValueError as error:
        raise CaptionDataError(f"{path} holds a rating that is no number: {error}.") from error


def drop_overlap(train: Iterable[Caption], dev: Iterable[Caption]) -> tuple[list[Caption], int]:
    """``train`` without the texts that also stand in ``dev`` of any source, and how many went.

    Texts are the same if their letters, figures and emoji are, whatever the case and punctuation.
    """
    known = {text_key(caption.text) for caption in dev} - {""}
    rows = list(train)
    kept = [caption for caption in rows if text_key(caption.text) not in known]
    return kept, len(rows) - len(kept)


def text_key(text: str) -> str:
    """What two copies of a text have in common: its letters, figures and emoji in lower case."""
    own_words = PLACEHOLDER.sub("", normalise(text).casefold())
    return "".join(c for c in own_words if c.isalnum() or unicodedata.category(c) == "So")


def _caption(row: Mapping[str, Any], default_source: str) -> Caption:
    return Caption(
        # The SemEval files carry escapes such as "\u2019" and "\n" as plain characters.
        text=_ESCAPE.sub(lambda found: chr(int(found[1], 16)), row["text"]).replace("\\n", " "),
        valence=_number(row.get("valence")),
        arousal=_number(row.get("arousal")),
        label=row.get("label") or "",
        source=row.get("source") or default_source,
        split=row.get("split") or "",
    )


def _number(value: float | str | None) -> float | None:
    return None if value is None or value == "" else float(value)


def _tsv_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        yield from csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        import polars as pl
    except ImportError as error:
        raise CaptionDataError(
            f"Reading {path.name} needs polars: install the `export` extra, or give a TSV file."
        ) from error
    try:
        yield from pl.read_parquet(path).iter_rows(named=True)
    except pl.exceptions.PolarsError as error:
        raise CaptionDataError(f"{path} is not a readable parquet file: {error}.") from error
