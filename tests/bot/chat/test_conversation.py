import logging
from dataclasses import replace

import pytest

from bot.chat.base import Command, Press
from bot.chat.conversation import Conversation
from bot.errors import NoTracksError, StoreFullError, StorifyError
from bot.store import Store
from bot.types import Story, User
from inference.errors import InferenceError, ModelError, UnreadableImageError
from tests.fakes.recommender import TableRecommender

ADA = User("web", "ada")
STORY = Story("story-1", ADA, "ada", caption="sunny")


@pytest.fixture
def recommender(store: Store) -> TableRecommender:
    return TableRecommender(store)


@pytest.fixture
def conversation(store: Store, recommender: TableRecommender) -> Conversation:
    return Conversation(recommender, store)


def command(text: str, chat: str = "ada") -> Command:
    name, *arguments = text.split()
    return Command(name, tuple(arguments), ADA, chat)


@pytest.mark.parametrize(
    "error",
    [
        UnreadableImageError("The photo is cut short; send it again."),
        NoTracksError("No track is left after the filters."),
        StoreFullError("The database cannot be written: the disk is full; free some space."),
        ModelError("The model emotion.onnx is missing; install Storify again."),
    ],
)
async def test_an_error_with_a_sentence_is_answered_with_it(
    conversation: Conversation,
    recommender: TableRecommender,
    monkeypatch: pytest.MonkeyPatch,
    error: StorifyError | InferenceError,
) -> None:
    async def refused(*_: object) -> None:
        raise error

    monkeypatch.setattr(recommender, "recommend", refused)

    assert (await conversation.story(STORY)).html == str(error)


async def test_what_the_operator_must_mend_is_logged_as_an_error(
    conversation: Conversation,
    recommender: TableRecommender,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def full(*_: object) -> None:
        raise StoreFullError("The disk is full.")

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(recommender, "recommend", full)
    await conversation.story(STORY)
    await conversation.command(command("mood flurbig"))

    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.INFO]
    assert "flurbig" not in caplog.text


async def test_an_error_without_a_sentence_is_left_to_the_platform(
    conversation: Conversation, recommender: TableRecommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(recommender, "recommend", broken)
    with pytest.raises(ZeroDivisionError):
        await conversation.story(STORY)


async def test_the_last_mood_is_told_with_its_numbers_and_sources(
    conversation: Conversation,
) -> None:
    await conversation.story(STORY)
    told = (await conversation.command(command("mood"))).html

    assert told == (
        "The last mood here was <b>bright and lively</b>: valence 0.80, arousal 0.60.\n"
        "Read from a smile (60 %) and an upbeat caption (40 %).\n"
        "The songs were looked for at valence 0.80 and energy 0.60. "
        "Energy is Spotify's word for arousal."
    )


async def test_the_last_mood_of_another_chat_is_not_told(conversation: Conversation) -> None:
    await conversation.story(STORY)

    assert "no mood yet" in (await conversation.command(command("mood", chat="group"))).html


async def test_where_others_read_along_nobodys_thumbs_are_shown(
    conversation: Conversation,
) -> None:
    reply = await conversation.command(command("mood happy", chat="group"))
    up = reply.keyboard[0][0]
    pressed = await conversation.press(Press(up.data, ADA, "group"))
    again = await conversation.command(command("mood happy", chat="group"))

    assert pressed.notice == "👍 for song 1: noted."
    assert pressed.keyboard is None
    assert not [b for row in again.keyboard for b in row if "✓" in b.label]


async def test_a_rank_that_was_not_offered_cannot_be_voted_on(
    conversation: Conversation, store: Store
) -> None:
    await conversation.story(STORY)
    pressed = await conversation.press(Press("v:+:9:story-1", ADA, "ada"))

    assert "no longer know" in pressed.notice
    assert await store.votes.of(ADA) == ()


async def test_a_vote_that_cannot_be_stored_is_not_acknowledged(
    conversation: Conversation, recommender: TableRecommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StoreFullError("The disk is full.")

    await conversation.story(replace(STORY, id="s"))
    monkeypatch.setattr(recommender, "vote", full)
    pressed = await conversation.press(Press("v:+:1:s", ADA, "ada"))

    assert (pressed.notice, pressed.keyboard) == ("The disk is full.", None)
