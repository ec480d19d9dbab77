"""The whole way from a story to recorded tracks: real models, the built-in catalogue, SQLite."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest

from bot.catalog import LocalCatalog
from bot.errors import StoreError
from bot.ranking import Taste
from bot.recommend import StoryRecommender, answer_once, pick
from bot.store import Store
from bot.types import Recommendation, Story, User, Vote
from inference.analyzer import Analyzer
from inference.errors import NoEvidenceError, UnreadableImageError
from inference.fusion import Mood
from inference.target import MusicTarget, music_target
from tests.photos import photo_path

ADA, BOB = User("telegram", "1"), User("telegram", "2")
HAPPY = Mood(0.85, 0.6, 0.1, "happy")


@pytest.fixture(scope="module")
def analyzer() -> Iterator[Analyzer]:
    analyzer = Analyzer()
    yield analyzer
    analyzer.close()


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCatalog]:
    catalog = LocalCatalog.open(tmp_path_factory.mktemp("data"))
    yield catalog
    catalog.close()


@pytest.fixture
async def recommender(
    analyzer: Analyzer, catalog: LocalCatalog, store: Store
) -> AsyncIterator[StoryRecommender]:
    recommender = StoryRecommender(analyzer, catalog, store, seed=1)
    yield recommender
    recommender.close()


def story(number: int, caption: str = "", photo: Path | None = None, *, user: User = ADA) -> Story:
    return Story(f"story{number}", user, user.id, photo.read_bytes() if photo else None, caption)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def ids(answer: Recommendation) -> set[str]:
    return {ranked.track.id for ranked in answer.tracks}


async def test_an_answer_is_recorded_before_it_is_given(
    recommender: StoryRecommender, store: Store
) -> None:
    answer = await recommender.recommend(story(1, "finally home", photo_path("coffee.png")))
    kept = await store.history.get("story1")
    assert kept is not None
    assert kept.mood == answer.mood
    assert [offer.track_id for offer in kept.offers] == [r.track.id for r in answer.tracks]


async def test_neither_photo_nor_caption_is_kept(
    recommender: StoryRecommender, store: Store, tmp_path: Path
) -> None:
    await recommender.recommend(story(1, "zebracrossing", photo_path("coffee.png")))
    await store.close()
    kept = everything_in(tmp_path)
    assert b"zebracrossing" not in kept
    assert b"\x89PNG" not in kept


async def test_more_brings_other_songs_of_the_same_mood(recommender: StoryRecommender) -> None:
    answers = [await recommender.recommend(story(1, "sunny beach day"))]
    for _ in range(4):
        answers.append(await recommender.again(ADA, "1", answers[-1].story_id, "more"))
    for one, other in combinations(answers, 2):
        assert not ids(one) & ids(other)
        assert one.target == other.target


@pytest.mark.parametrize(
    ("change", "valence", "energy"),
    [("happier", 1, 1), ("sadder", -1, -1), ("calmer", 0, -1), ("livelier", 0, 1)],
)
async def test_a_button_moves_the_target_its_way(
    recommender: StoryRecommender, change: str, valence: int, energy: int
) -> None:
    before = await recommender.recommend(story(1, "walking around town"))
    after = await recommender.again(ADA, "1", "story1", change)  # type: ignore[arg-type]  # parametrized
    for moved, sign in (
        (after.target.valence - before.target.valence, valence),
        (after.target.energy - before.target.energy, energy),
    ):
        assert (moved > 0.02) - (moved < -0.02) == sign
    middle = sum(r.track.energy for r in after.tracks) - sum(r.track.energy for r in before.tracks)
    assert not energy or middle * energy > 0


async def test_a_story_that_nobody_knows_is_one_sentence(recommender: StoryRecommender) -> None:
    with pytest.raises(StoreError, match="send the photo again"):
        await recommender.again(ADA, "1", "never told", "more")


async def test_a_dislike_is_final_and_a_like_brings_the_artist_back(
    recommender: StoryRecommender, catalog: LocalCatalog
) -> None:
    first = await recommender.for_mood(ADA, "1", HAPPY)
    hated, loved = first.tracks[0], first.tracks[1]
    for ranked, value in ((hated, -1), (loved, 1)):
        vote = Vote(ADA, ranked.track.id, first.story_id, ranked.rank, value, datetime.now(UTC))  # type: ignore[arg-type]  # a table
        await recommender.vote(vote)
    later = [await recommender.for_mood(ADA, "1", HAPPY) for _ in range(8)]
    assert hated.track.id not in {id_ for answer in later for id_ in ids(answer)}
    taste = Taste(liked_artists={loved.track.artists[0].casefold(): 1})
    target = music_target(HAPPY)
    offered = pick(catalog, HAPPY, target, taste, n=20)
    assert loved.track.artists[0] in {artist for r in offered for artist in r.track.artists}


async def test_one_persons_thumbs_do_not_reach_another(recommender: StoryRecommender) -> None:
    first = await recommender.for_mood(ADA, "1", HAPPY)
    for ranked in first.tracks:
        await recommender.vote(
            Vote(ADA, ranked.track.id, first.story_id, ranked.rank, -1, datetime.now(UTC))
        )
    tracks = [ids(await recommender.for_mood(BOB, "2", HAPPY)) for _ in range(6)]
    assert ids(first) & set().union(*tracks)


async def test_many_people_at_once_are_each_answered(recommender: StoryRecommender) -> None:
    people = [User("telegram", str(number)) for number in range(12)]
    answers = await asyncio.gather(
        *(recommender.recommend(story(n, "so tired", user=user)) for n, user in enumerate(people))
    )
    assert [len(answer.tracks) for answer in answers] == [5] * 12


async def test_the_event_loop_stays_free_while_a_photo_is_read(
    recommender: StoryRecommender,
) -> None:
    reading = asyncio.create_task(recommender.recommend(story(1, "", photo_path("astronaut.png"))))
    longest, last = 0.0, asyncio.get_running_loop().time()
    while not reading.done():
        await asyncio.sleep(0.001)
        now = asyncio.get_running_loop().time()
        longest, last = max(longest, now - last), now
    assert (await reading).tracks
    assert longest < 0.15


async def test_an_unusable_story_records_nothing(
    recommender: StoryRecommender, store: Store
) -> None:
    with pytest.raises(NoEvidenceError):
        await recommender.recommend(story(1, "  "))
    with pytest.raises(UnreadableImageError):
        await recommender.recommend(Story("story2", ADA, "1", b"%PDF-1.7", "hello"))
    assert await store.history.of(ADA) == ()


def test_when_everything_was_shown_old_songs_come_back(catalog: LocalCatalog) -> None:
    everything = frozenset(
        candidate.decode() for candidate in catalog.nearest(MusicTarget(0.5, 0.5), 10_000).ids
    )
    tracks = pick(catalog, HAPPY, music_target(HAPPY), Taste(shown=everything))
    assert len(tracks) == 5


def test_the_stages_are_timed(analyzer: Analyzer, catalog: LocalCatalog) -> None:
    answer = answer_once(analyzer, catalog, story(1, "hello there", photo_path("astronaut.png")))
    assert {"decode", "faces", "emotion", "scene", "caption", "fusion", "pick", "total"} <= set(
        answer.elapsed_ms
    )
    assert answer.elapsed_ms["total"] >= answer.elapsed_ms["pick"]
