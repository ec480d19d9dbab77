import asyncio
import itertools
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StoreError
from bot.store import Store, new_story_id
from bot.store.history import _evidence, _evidence_json
from bot.store.store import PERSONAL_TABLES
from bot.types import User, Vote
from inference.fusion import Evidence, Mood
from tests.fakes.recommender import NOW, TRACKS, mood, recommendation

ADA, BEN = User("telegram", "1"), User("telegram", "2")


def vote(user: User, track: int, value: Literal[-1, 1], minutes: int = 0) -> Vote:
    at = NOW + timedelta(minutes=minutes)
    return Vote(user, TRACKS[track].id, f"story-{minutes}", track + 1, value, at)


async def test_a_vote_comes_back_as_it_was_put(store: Store) -> None:
    await store.votes.put(vote(ADA, 3, -1))

    assert await store.votes.of(ADA) == (vote(ADA, 3, -1),)
    assert await store.votes.of(BEN) == ()


async def test_one_vote_stays_per_user_and_track_and_the_last_one_wins(store: Store) -> None:
    for minutes, value in enumerate((1, -1, 1)):
        await store.votes.put(vote(ADA, 0, 1 if value > 0 else -1, minutes))
    await store.votes.put(vote(BEN, 0, -1))

    assert await store.votes.of(ADA) == (vote(ADA, 0, 1, minutes=2),)
    assert await store.votes.on(ADA, [TRACKS[0].id, TRACKS[1].id]) == {TRACKS[0].id: 1}
    assert await store.votes.on(BEN, [TRACKS[0].id]) == {TRACKS[0].id: -1}
    assert await store.votes.on(ADA, []) == {}


async def test_votes_put_at_once_leave_one_row_each(store: Store) -> None:
    votes = [
        vote(ADA, track, 1, minutes) for track, minutes in itertools.product(range(5), range(8))
    ]
    await asyncio.gather(*map(store.votes.put, votes))

    assert [v.track_id for v in await store.votes.of(ADA)] == [t.id for t in TRACKS[:5]]
    assert {v.story_id for v in await store.votes.of(ADA)} == {"story-7"}


async def test_votes_outlive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "again.sqlite3"
    for _ in range(2):
        store = await Store.open(path)
        await store.votes.put(vote(ADA, 0, 1))
        await store.close()
    store = await Store.open(path)

    assert len(await store.votes.of(ADA)) == 1
    await store.close()


VOTING = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.store import Store
from bot.types import User, Vote

async def main():
    store = await Store.open(Path(sys.argv[1]))
    for number in range(100_000):
        now = datetime.now(UTC)
        await store.votes.put(Vote(User("telegram", "1"), str(number), "s", 1, 1, now))
        print(number, flush=True)

asyncio.run(main())
"""


async def test_every_acknowledged_vote_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "killed.sqlite3"
    voting = await asyncio.create_subprocess_exec(
        sys.executable, "-c", VOTING, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert voting.stdout is not None
    acknowledged = [await voting.stdout.readline() for _ in range(50)]
    voting.kill()
    acknowledged += (await voting.stdout.read()).splitlines(keepends=True)
    await voting.wait()
    store = await Store.open(path)
    kept = {vote.track_id for vote in await store.votes.of(ADA)}
    await store.close()

    assert {line.decode().strip() for line in acknowledged if line.endswith(b"\n")} <= kept


async def test_an_answer_comes_back_with_its_mood_evidence_target_and_offers(store: Store) -> None:
    given_answer = recommendation("abc", mood())
    before = datetime.now(UTC)
    await store.history.record(ADA, "7", given_answer, "story")
    story = await store.history.get("abc")

    assert story is not None
    assert (story.id, story.user, story.chat, story.asked) == ("abc", ADA, "7", "story")
    assert before <= story.at <= datetime.now(UTC)
    assert (story.mood, story.target) == (given_answer.mood, given_answer.target)
    assert [(o.track_id, o.rank, o.score, o.reason) for o in story.offers] == [
        (t.track.id, t.rank, t.score, t.reason) for t in given_answer.tracks
    ]


async def test_an_unknown_story_is_none(store: Store) -> None:
    assert await store.history.get("nothing") is None
    assert await store.history.last(ADA, "7") is None


async def test_the_last_answer_is_of_this_user_in_this_chat(store: Store) -> None:
    for story_id, user, chat in (
        ("a", ADA, "7"),
        ("b", ADA, "7"),
        ("c", ADA, "8"),
        ("d", BEN, "7"),
    ):
        await store.history.record(user, chat, recommendation(story_id, mood()), "story")
    last = await store.history.last(ADA, "7")

    assert last is not None
    assert last.id == "b"
    assert [story.id for story in await store.history.of(ADA)] == ["c", "b", "a"]


async def test_an_answer_under_a_known_id_replaces_it_with_its_offers(store: Store) -> None:
    await store.history.record(ADA, "7", recommendation("a", mood(valence=0.9)), "story")
    await store.history.record(ADA, "7", recommendation("a", mood(valence=0.1)), "story")
    story = await store.history.get("a")

    assert story is not None
    assert (story.mood.valence, len(story.offers)) == (0.1, 5)


async def test_shown_are_the_tracks_offered_last_to_this_user(store: Store) -> None:
    await store.history.record(ADA, "7", recommendation("a", mood(valence=0.0)), "story")
    await store.history.record(ADA, "8", recommendation("b", mood(valence=0.9)), "more")
    await store.history.record(BEN, "7", recommendation("c", mood(valence=0.5)), "story")

    assert await store.history.shown(ADA) == {track.id for track in TRACKS}
    assert await store.history.shown(ADA, limit=5) == {track.id for track in TRACKS[5:]}


async def test_forgetting_removes_one_person_and_nobody_else(store: Store) -> None:
    for user in (ADA, BEN):
        await store.history.record(user, "7", recommendation(user.id, mood()), "story")
        await store.votes.put(vote(user, 0, 1))
    await store.forget(ADA)

    assert await store.export(ADA) == {"votes": [], "stories": []}
    assert await store.history.shown(ADA) == frozenset()
    assert len((await store.export(BEN))["votes"]) == 1
    assert len(await store.history.shown(BEN)) == 5


async def test_an_export_is_json_and_holds_all_that_is_kept(store: Store) -> None:
    await store.history.record(ADA, "7", recommendation("a", mood()), "story")
    await store.votes.put(vote(ADA, 0, 1))
    export = json.loads(json.dumps(await store.export(ADA)))

    assert export["votes"][0]["track_id"] == TRACKS[0].id
    assert export["stories"][0]["mood"]["evidence"][0]["label"] == "happy"
    assert len(export["stories"][0]["offers"]) == 5


async def test_every_table_about_somebody_is_forgotten_and_exported(store: Store) -> None:
    tables = await store._database.fetch(
        "SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND c.name = 'user_id'"
    )

    assert {row[0] for row in tables} == set(PERSONAL_TABLES)


async def test_neither_caption_nor_photo_has_a_column(store: Store) -> None:
    columns = await store._database.fetch(
        "SELECT c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
    )

    assert not {"caption", "photo", "text"} & {row[0] for row in columns}


fractions = st.floats(0.0, 1.0)
evidence = st.builds(
    Evidence, st.sampled_from(["face", "scene", "caption"]), st.text(), *[fractions] * 4
)


@given(st.lists(evidence, max_size=6))
def test_evidence_survives_its_json(pieces: list[Evidence]) -> None:
    kept = Mood(0.5, 0.5, 0.1, "even", tuple(pieces))

    assert _evidence(_evidence_json(kept)) == kept.evidence


def test_story_ids_are_short_and_do_not_repeat() -> None:
    ids = {new_story_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert {len(story_id) for story_id in ids} == {12}


@pytest.mark.parametrize("value", [0, 2])
async def test_a_vote_is_a_thumb_up_or_down(store: Store, value: int) -> None:
    with pytest.raises(StoreError):
        await store.votes.put(vote(ADA, 0, value))  # type: ignore[arg-type]
