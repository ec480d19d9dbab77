"""Replays listeners against the catalogue: how often does a suggestion meet what they really play?

Each listener starts cold and tells twenty moods, the same for every strategy, drawn evenly from the
mood plane. Five tracks answer each. A hit is a track by an artist whom the listener plays; it gets
a thumb up, every other track a thumb down. Absolute rates are low by design: nobody plays more than
a sliver of a catalogue, and the mood is not theirs to choose.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from numpy.typing import NDArray

from bot.catalog.columns import Columns, read_columns
from bot.catalog.local import FILE_NAME, LocalCatalog
from bot.catalog.table import open_table
from bot.ranking import NO_TASTE, Taste, pool_size, rerank
from bot.ranking.taste import artist_key
from bot.settings import Settings
from bot.types import User, Vote
from export.console import log
from export.report import AsJson, show
from inference.fusion import Mood
from inference.target import MusicTarget, music_target

ROUNDS: Final = 20
EARLY: Final = slice(0, 5)
LATE: Final = slice(10, 20)
PER_ROUND: Final = 5
SPREAD: Final = 0.1
FEWEST_ARTISTS: Final = 10
"""A listener of whom the catalogue knows fewer artists cannot be served."""

Rows = NDArray[np.int64]


@dataclass(slots=True)
class Session:
    """One listener's replay under one strategy."""

    plays: NDArray[np.bool_]
    """``(N,)``: whether each track of the catalogue is by an artist they play."""
    rng: np.random.Generator
    served: list[Rows] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)

    def shown(self) -> Rows:
        """Every row served so far."""
        return np.concatenate([np.empty(0, dtype=np.int64), *self.served])


Strategy = Callable[[Session, Mood, MusicTarget], Rows]


@dataclass(frozen=True, slots=True)
class Stage:
    """The catalogue, twice: as the bot searches it, and as plain columns."""

    catalog: LocalCatalog
    columns: Columns
    offered: Rows

    def strategies(self) -> dict[str, Strategy]:
        """By name, from the plainest to what Storify does."""
        return {
            "extreme_top_k": self.extreme,
            "nearest_valence": self.nearest_valence,
            "mood_diversity": self.mood_diversity,
            "own_thumbs": self.own_thumbs,
        }

    def extreme(self, _: Session, mood: Mood, __: MusicTarget) -> Rows:
        """The highest valence for a happy mood, the lowest for a sad one."""
        order = np.argsort(self.columns.valence[self.offered], kind="stable")
        return self.offered[order[-PER_ROUND:] if mood.valence >= 0.5 else order[:PER_ROUND]]

    def nearest_valence(self, session: Session, _: Mood, target: MusicTarget) -> Rows:
        """The nearest valence among tracks not shown before, whatever their energy."""
        rows = np.setdiff1d(self.offered, session.shown(), assume_unique=True)
        miss = np.abs(self.columns.valence[rows] - np.float32(target.valence))
        return rows[np.argsort(miss, kind="stable")[:PER_ROUND]]

    def mood_diversity(self, session: Session, mood: Mood, target: MusicTarget) -> Rows:
        """Storify's ranking for somebody who never votes."""
        return self._rerank(session, mood, target, NO_TASTE)

    def own_thumbs(self, session: Session, mood: Mood, target: MusicTarget) -> Rows:
        """Storify's ranking with the listener's own votes."""
        taste = Taste.from_votes(session.votes, (), self._artists_of)
        return self._rerank(session, mood, target, taste)

    def _rerank(self, session: Session, mood: Mood, target: MusicTarget, taste: Taste) -> Rows:
        shown = [text.decode() for text in self.columns.ids[session.shown()]]
        candidates = self.catalog.nearest(target, pool_size(mood), exclude=shown)
        ranked = rerank(candidates, mood, target, taste, PER_ROUND, rng=session.rng)
        return self._rows([item.track.id for item in ranked])

    def _rows(self, ids: Sequence[str]) -> Rows:
        wanted = np.array([text.encode() for text in ids], dtype=np.bytes_)
        return np.asarray(np.searchsorted(self.columns.ids, wanted), dtype=np.int64)

    def _artists_of(self, track_id: str) -> tuple[str, ...]:
        columns = self.columns
        row = int(self._rows([track_id])[0])
        members = columns.artists[columns.artist_starts[row] : columns.artist_starts[row + 1]]
        return tuple(columns.artist_names[number] for number in members)


def evaluate_ranking(
    plays: Annotated[Path, typer.Argument(help="Parquet with user, artist, plays.")],
    users: Annotated[int, typer.Option(help="How many listeners to replay.")] = 300,
    seed: Annotated[int, typer.Option(help="Draws listeners, moods and exploration.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Replay listeners from a cold start against the catalogue in STORIFY_DATA_DIR."""
    report = replay(_listeners(plays), Settings().storify_data_dir, users=users, seed=seed)
    show(report, as_json=as_json)


def replay(
    listeners: Mapping[str, frozenset[str]], data_dir: Path, *, users: int, seed: int
) -> dict[str, object]:
    """The report of ``evaluate ranking``; ``listeners`` maps a user to the artists they play."""
    catalog = LocalCatalog.open(data_dir)
    connection = open_table(data_dir / FILE_NAME, ())
    try:
        columns = read_columns(connection)
        stage = Stage(catalog, columns, columns.offered_rows())
        chosen = _choose(listeners, columns, users, seed)
        log(f"{len(chosen)} listeners, {len(catalog)} tracks, {len(stage.offered)} offered")
        strategies = {}
        for name, strategy in stage.strategies().items():
            sessions = [_play(strategy, columns, known, seed + at) for at, known in chosen]
            strategies[name] = _measure(stage, sessions, [seed + at for at, _ in chosen])
            log(f"{name}: {strategies[name]}")
    finally:
        connection.close()
        catalog.close()
    return {"n_users": len(chosen), "n_tracks": len(columns.ids), "strategies": strategies}


def _play(strategy: Strategy, columns: Columns, plays: NDArray[np.bool_], seed: int) -> Session:
    session = Session(plays, np.random.default_rng(seed))
    for turn, mood in enumerate(_moods(seed)):
        rows = strategy(session, mood, music_target(mood))
        session.served.append(rows)
        session.votes.extend(_votes(columns, rows, plays, turn))
    return session


def _votes(columns: Columns, rows: Rows, plays: NDArray[np.bool_], turn: int) -> Iterable[Vote]:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=turn)
    user = User("replay", "listener")
    for rank, row in enumerate(rows, start=1):
        track_id = columns.ids[row].decode()
        yield Vote(user, track_id, str(turn), rank, 1 if plays[row] else -1, at)


def _moods(seed: int) -> list[Mood]:
    """Twenty moods, the same for every strategy."""
    rng = np.random.default_rng([seed, 1])
    points = rng.uniform((0.05, 0.1), (0.95, 0.75), size=(ROUNDS, 2))
    return [Mood(float(v), float(a), SPREAD, "told") for v, a in points]


def _measure(stage: Stage, sessions: Sequence[Session], seeds: Sequence[int]) -> dict[str, float]:
    columns = stage.columns
    hits = np.array(
        [[session.plays[rows].mean() for rows in session.served] for session in sessions]
    )
    late = hits[:, LATE].mean(axis=1)
    misses = np.array(
        [
            (
                np.abs(columns.valence[rows] - target.valence).mean(),
                np.abs(columns.energy[rows] - target.energy).mean(),
            )
            for session, seed in zip(sessions, seeds, strict=True)
            for rows, target in zip(session.served, map(music_target, _moods(seed)), strict=True)
        ]
    )
    lists = [rows for session in sessions for rows in session.served]
    served = np.unique(np.concatenate(lists))
    return {
        "early_hit_rate": _round(hits[:, EARLY].mean()),
        "late_hit_rate": _round(late.mean()),
        "late_hit_se": _round(late.std(ddof=1) / np.sqrt(len(late)) if len(late) > 1 else 0.0),
        "valence_mae": _round(misses[:, 0].mean()),
        "energy_mae": _round(misses[:, 1].mean()),
        "diversity": _round(np.mean([_diversity(columns, rows) for rows in lists])),
        "artist_coverage": _round(
            len(_artists(columns, served)) / len(_artists(columns, stage.offered))
        ),
        "catalog_coverage": _round(len(served) / len(stage.offered)),
    }


def _diversity(columns: Columns, rows: Rows) -> float:
    """1 less the mean likeness of two tracks of a list: artist 1, else main genre 0.5, else 0."""
    artists = [set(_artists(columns, rows[at : at + 1])) for at in range(len(rows))]
    genres = columns.genres[rows]
    likeness = [
        1.0 if artists[a] & artists[b] else 0.5 * float(genres[a] == genres[b] >= 0)
        for a in range(len(rows))
        for b in range(a)
    ]
    return 1 - float(np.mean(likeness)) if likeness else 1.0


def _artists(columns: Columns, rows: Rows) -> list[int]:
    runs = [
        columns.artists[columns.artist_starts[row] : columns.artist_starts[row + 1]] for row in rows
    ]
    return [int(number) for number in np.unique(np.concatenate(runs))]


def _choose(
    listeners: Mapping[str, frozenset[str]], columns: Columns, users: int, seed: int
) -> list[tuple[int, NDArray[np.bool_]]]:
    """Listeners whom the catalogue can serve, numbered, with the tracks that would be hits."""
    keys = np.array([artist_key(name) for name in columns.artist_names], dtype=object)
    of_row = np.repeat(np.arange(len(columns.ids)), np.diff(columns.artist_starts))
    chosen: list[tuple[int, NDArray[np.bool_]]] = []
    order = np.random.default_rng([seed, 2]).permutation(sorted(listeners))
    for name in order:
        known = np.array([key in listeners[name] for key in keys], dtype=np.bool_)
        if known.sum() < FEWEST_ARTISTS:
            continue
        plays = np.zeros(len(columns.ids), dtype=np.bool_)
        plays[of_row[known[columns.artists]]] = True
        chosen.append((len(chosen), plays))
        if len(chosen) == users:
            break
    return chosen


def _listeners(path: Path) -> dict[str, frozenset[str]]:
    import polars as pl

    table = pl.read_parquet(path, columns=["user", "artist"])
    grouped = table.group_by("user").agg("artist")
    return {
        str(user): frozenset(artist_key(name) for name in artists)
        for user, artists in grouped.iter_rows()
    }


def _round(value: float | np.floating) -> float:
    return round(float(value), 4)
