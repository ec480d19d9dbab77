"""One true sentence for each track: why it is there."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.candidates import ENERGY_UNIT, VALENCE_UNIT
from bot.ranking.taste import Taste, artist_key
from bot.types import Track
from inference.fusion import Mood
from inference.target import MusicTarget, music_target

Kind = Literal["liked", "known", "new artist", "closest", "shifted", "near", "genre", "far"]

NEAR: Final = 0.10
"""Within this of the target, on both axes, a track "sits near" it."""
SHIFTED: Final = 0.03
"""From this on, a difference is named."""
WELL_KNOWN: Final = 70
"""Spotify's popularity, 0 to 100, from which a track is called well known."""


@dataclass(frozen=True, slots=True)
class _Fact:
    kind: Kind
    text: str


def explain(
    tracks: Sequence[Track], mood: Mood, target: MusicTarget, taste: Taste
) -> tuple[str, ...]:
    """One sentence a track, without a full stop; every claim holds for that track.

    Of what is true of a track, it says what the list has said least often so far, so five reasons
    read in a row tell five things.
    """
    place = _place(mood, target)
    closest = min(range(len(tracks)), key=lambda at: _miss(tracks[at], target), default=-1)
    told: Counter[Kind] = Counter()
    reasons = []
    for position, track in enumerate(tracks):
        facts = list(_facts(track, target, place, taste, closest=position == closest))
        fact = min(facts, key=lambda fact: told[fact.kind])
        told[fact.kind] += 1
        reasons.append(fact.text)
    return tuple(reasons)


def _facts(
    track: Track, target: MusicTarget, place: str, taste: Taste, *, closest: bool
) -> Iterator[_Fact]:
    """What is true of the track, the most telling first; never nothing."""
    numbers = f"valence {_number(track.valence)} and energy {_number(track.energy)}"
    near = abs(track.valence - target.valence) <= NEAR and abs(track.energy - target.energy) <= NEAR
    liked = next((name for name in track.artists if taste.balance(name) > 0), None)
    if liked is not None:
        yield _Fact("liked", f"because you liked {liked}; {numbers}")
    if closest:
        yield _Fact("closest", f"{numbers}: of these the closest to {place}")
    if near:
        yield _Fact("near", f"{numbers} sit near {place}")
    if track.popularity >= WELL_KNOWN:
        known = f"well known ({track.popularity} of 100 on Spotify)"
        yield _Fact("known", f"{known}, at {numbers}")
    shift = _shift(track, target)
    if near and shift:
        yield _Fact("shifted", f"{shift} than {place}, at {numbers}")
    if _is_new_artist(track, taste):
        yield _Fact("new artist", f"{track.artists[0]} is new to you here; {numbers}")
    if near and track.genres:
        yield _Fact("genre", f"{_spoken(track.genres[0])} close to {place}, at {numbers}")
    if not near:
        sought = f"valence {_number(target.valence)} and energy {_number(target.energy)}"
        yield _Fact("far", f"{numbers}, {shift} than {place} ({sought})")


def _place(mood: Mood, target: MusicTarget) -> str:
    """What the target is, in words: the mood of what was sent, or the turn that was asked for."""
    if target != music_target(mood):
        return "the turn you asked for"
    sources = {evidence.source for evidence in mood.evidence}
    label = mood.label.replace(" and ", ", ")
    match sorted({"caption" if source == "caption" else "photo" for source in sources}):
        case ["caption"]:
            return f"your caption's {label} mood"
        case ["photo"]:
            return f"your photo's {label} mood"
        case ["caption", "photo"]:
            return f"your story's {label} mood"
    return f"the {label} mood you asked for"


def _shift(track: Track, target: MusicTarget) -> str:
    """How the track differs from the target, as in "a touch brighter and calmer"; may be empty."""
    valence = track.valence - target.valence
    energy = track.energy - target.energy
    words = []
    if abs(valence) >= SHIFTED:
        words.append("brighter" if valence > 0 else "darker")
    if abs(energy) >= SHIFTED:
        words.append("livelier" if energy > 0 else "calmer")
    largest = max(abs(valence), abs(energy))
    degree = "a touch " if largest < 0.07 else "a little " if largest < 0.15 else ""
    return degree + " and ".join(words) if words else ""


def _is_new_artist(track: Track, taste: Taste) -> bool:
    """Nobody credited was offered before, to a user who has been offered something."""
    if not taste.shown_artists:
        return False
    known = taste.shown_artists | taste.liked_artists.keys() | taste.disliked_artists.keys()
    return not any(artist_key(name) in known for name in track.artists)


def _miss(track: Track, target: MusicTarget) -> float:
    """The ``mood_distance`` of one track."""
    valence = (track.valence - target.valence) / VALENCE_UNIT
    return math.hypot(valence, (track.energy - target.energy) / ENERGY_UNIT)


def _number(value: float) -> str:
    """Two decimals without the leading zero, as in ".71"."""
    return f"{value:.2f}".removeprefix("0")


def _spoken(genre: str) -> str:
    return genre.replace("-", " ")
