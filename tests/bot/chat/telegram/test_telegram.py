import asyncio

import pytest

from bot.store import Store
from bot.types import User
from tests.fakes.recommender import JPEG, TRACKS, TableRecommender
from tests.fakes.telegram import FakeTelegram, Fault, Person

ADA = Person(11)
BEN = Person(22, "Ben")

Bot = asyncio.Task[None]


async def test_a_photo_is_answered_with_five_links_and_the_card_of_the_first(
    bot: Bot, fake: FakeTelegram
) -> None:
    sent = fake.send_photo(ADA, JPEG, "sunny & <loud>")
    reply = await fake.reply(ADA)

    assert reply.reply_to == sent
    assert reply.shown.text.startswith("A smile and an upbeat caption: bright and lively.")
    assert len(reply.shown.links) == 5
    assert all(url.startswith("https://open.spotify.com/track/") for url, _ in reply.shown.links)
    assert reply.shown.preview_url == reply.shown.links[0][0]
    assert "Song <8> & Co" in reply.shown.text


async def test_under_an_answer_stand_thumbs_for_each_song_and_the_ways_to_change_it(
    bot: Bot, fake: FakeTelegram
) -> None:
    fake.send_photo(ADA, JPEG)
    reply = await fake.reply(ADA)

    assert reply.shown.labels == [
        ["👍 1", "👍 2", "👍 3", "👍 4", "👍 5"],
        ["👎 1", "👎 2", "👎 3", "👎 4", "👎 5"],
        ["More", "Happier", "Calmer"],
    ]


async def test_typing_is_shown_until_the_answer(bot: Bot, fake: FakeTelegram) -> None:
    fake.fail("download", Fault("delay", seconds=4.5))
    fake.send_photo(ADA, JPEG)
    await fake.reply(ADA)

    assert [(chat, action) for chat, action, _ in fake.actions] == [(ADA.id, "typing")] * 2


@pytest.mark.parametrize("mime_type", ["image/jpeg", "image/png", "image/heic"])
async def test_a_photo_sent_as_a_file_is_a_photo(
    bot: Bot, fake: FakeTelegram, recommender: TableRecommender, mime_type: str
) -> None:
    fake.send_file(ADA, JPEG, mime_type, caption="as a file")
    reply = await fake.reply(ADA)

    assert len(reply.shown.links) == 5
    assert recommender.stories[0].photo == JPEG
    assert recommender.stories[0].caption == "as a file"


async def test_words_alone_are_a_caption(
    bot: Bot, fake: FakeTelegram, recommender: TableRecommender
) -> None:
    fake.send_text(ADA, "finally home")
    reply = await fake.reply(ADA)

    assert len(reply.shown.links) == 5
    assert (recommender.stories[0].photo, recommender.stories[0].caption) == (None, "finally home")


async def test_a_file_that_is_no_photo_gets_one_sentence(bot: Bot, fake: FakeTelegram) -> None:
    fake.send_file(ADA, b"hello", "image/jpeg")

    assert (await fake.reply(ADA)).shown.text == "This file is not a photo that can be read."


@pytest.mark.parametrize("body", [{"sticker": {}}, {"voice": {}}, {"video": {}}, {"location": {}}])
async def test_what_is_neither_photo_nor_words_gets_one_polite_line(
    bot: Bot, fake: FakeTelegram, body: dict[str, dict[str, object]]
) -> None:
    kind = next(iter(body))
    fake.send_other(ADA, {kind: _BODIES[kind]})

    assert "photos and words" in (await fake.reply(ADA)).shown.text


_BODIES: dict[str, dict[str, object]] = {
    "sticker": {
        "file_id": "s", "file_unique_id": "s", "width": 9, "height": 9, "type": "regular",
        "is_animated": False, "is_video": False,
    },
    "voice": {"file_id": "v", "file_unique_id": "v", "duration": 2},
    "video": {"file_id": "w", "file_unique_id": "w", "width": 9, "height": 9, "duration": 2},
    "location": {"longitude": 1.0, "latitude": 2.0},
}  # fmt: skip


async def test_a_thumb_is_stored_before_it_is_acknowledged_and_shows_on_the_keyboard(
    bot: Bot, fake: FakeTelegram, store: Store
) -> None:
    fake.send_photo(ADA, JPEG)
    reply = await fake.reply(ADA)
    query = fake.press(ADA, reply, "👍 2")

    assert await fake.notice(query) == "👍 for song 2: noted."
    (vote,) = await store.votes.of(User("telegram", "11"))
    assert (vote.rank, vote.value) == (2, 1)
    assert (await fake.edit(reply)).labels[0] == ["👍 1", "👍 2 ✓", "👍 3", "👍 4", "👍 5"]


async def test_the_last_of_two_quick_thumbs_wins(
    bot: Bot, fake: FakeTelegram, store: Store
) -> None:
    fake.send_photo(ADA, JPEG)
    reply = await fake.reply(ADA)
    queries = [fake.press(ADA, reply, label) for label in ("👍 1", "👎 1")]
    for query in queries:
        await fake.notice(query)

    (vote,) = await store.votes.of(User("telegram", "11"))
    assert vote.value == -1


async def test_the_same_thumb_again_is_friendly_and_changes_nothing(
    bot: Bot, fake: FakeTelegram, store: Store
) -> None:
    fake.send_photo(ADA, JPEG)
    reply = await fake.reply(ADA)
    await fake.notice(fake.press(ADA, reply, "👎 5"))
    await fake.edit(reply)
    again = fake.press_data(ADA, reply, reply.data("👎 5 ✓"))

    assert await fake.notice(again) == "That is what I have noted already."
    fake.send_text(ADA, "/help")  # in turn after the press, so its edit has been tried
    await fake.reply(ADA)
    assert len(await store.votes.of(User("telegram", "11"))) == 1


async def test_happier_brings_other_songs_in_a_message_of_their_own(
    bot: Bot, fake: FakeTelegram
) -> None:
    fake.send_text(ADA, "sunny")
    first = await fake.reply(ADA)
    fake.press(ADA, first, "Happier")
    second = await fake.reply(ADA)

    assert second.shown.text.startswith("Happier:")
    assert not set(first.shown.links) & set(second.shown.links)


async def test_buttons_work_after_a_restart(
    fake: FakeTelegram, store: Store, recommender: TableRecommender
) -> None:
    from bot.chat.telegram import run_telegram
    from tests.bot.chat.telegram.conftest import settings_for

    async def running() -> Bot:
        return asyncio.create_task(run_telegram(settings_for(fake), recommender, store))

    bot = await running()
    fake.send_photo(ADA, JPEG)
    reply = await fake.reply(ADA)
    bot.cancel()
    await asyncio.wait([bot])
    bot = await running()
    query = fake.press(ADA, reply, "👍 1")

    assert await fake.notice(query) == "👍 for song 1: noted."
    bot.cancel()
    await asyncio.wait([bot])


@pytest.mark.parametrize("data", ["v:+:1:nosuchstory", "nonsense", "v:+:99:x"])
async def test_a_button_of_a_story_nobody_knows_says_so(
    bot: Bot, fake: FakeTelegram, data: str
) -> None:
    fake.send_text(ADA, "sunny")
    reply = await fake.reply(ADA)

    assert "no longer know" in await fake.notice(fake.press_data(ADA, reply, data))


async def test_a_button_forged_with_anothers_story_does_nothing(
    bot: Bot, fake: FakeTelegram, store: Store
) -> None:
    fake.send_text(ADA, "sunny")
    fake.send_text(BEN, "sunny")
    hers, his = await fake.reply(ADA), await fake.reply(BEN)

    assert "no longer know" in await fake.notice(fake.press_data(BEN, his, hers.data("👍 1")))
    assert await store.votes.of(User("telegram", "22")) == ()


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("/start", "Send me a photo"),
        ("/help", "Send a photo, a caption, or both"),
        ("/mood", "There is no mood yet"),
        ("/mood happy", "Songs for happy:"),
        ("/mood@storify_bot sad 0,3", "Songs for sad:"),
        ("/mood 0.8 0.4", "Songs for valence 0.80, arousal 0.40:"),
        ("/mood flurbig", "I know no mood called “flurbig”"),
        ("/nosuch", "I do not know that command"),
    ],
)
async def test_commands_are_answered(bot: Bot, fake: FakeTelegram, text: str, begins: str) -> None:
    fake.send_text(ADA, text)

    assert (await fake.reply(ADA)).shown.text.startswith(begins)


async def test_in_a_group_only_commands_are_heard_and_the_presser_is_the_voter(
    bot: Bot, fake: FakeTelegram, store: Store
) -> None:
    fake.people.add(BEN.id)
    fake.send_text(ADA, "only talking", chat_id=-100)
    fake.send_text(ADA, "/mood happy", chat_id=-100)
    reply = await fake.reply(-100)
    await fake.notice(fake.press(BEN, reply, "👍 1"))

    assert reply.shown.text.startswith("Songs for happy:")
    assert len(await store.votes.of(User("telegram", "22"))) == 1
    assert len(fake.calls("sendMessage")) == 1


async def test_the_command_menu_is_set(bot: Bot, fake: FakeTelegram) -> None:
    fake.send_text(ADA, "/start")
    await fake.reply(ADA)

    assert [command["command"] for command in fake.commands] == ["mood", "help", "start"]


async def test_eight_people_at_once_do_not_wait_for_each_other(
    bot: Bot, fake: FakeTelegram
) -> None:
    people = [Person(100 + number) for number in range(8)]
    fake.fail("getFile", *[Fault("delay", seconds=1.0)] * len(people))
    begun = asyncio.get_running_loop().time()
    for person in people:
        fake.send_photo(person, JPEG)
    await asyncio.gather(*[fake.reply(person) for person in people])

    assert asyncio.get_running_loop().time() - begun < 3.0


async def test_commands_are_answered_while_every_gate_is_taken_by_photos(
    bot: Bot, fake: FakeTelegram
) -> None:
    fake.fail("download", *[Fault("delay", seconds=1.0)] * 12)
    for number in range(12):
        fake.send_photo(Person(100 + number), JPEG)
    fake.send_text(ADA, "/start")
    await fake.reply(ADA, wait_s=0.8)


async def test_one_persons_messages_are_answered_in_their_order(
    bot: Bot, fake: FakeTelegram
) -> None:
    fake.fail("getFile", Fault("delay", seconds=0.5))
    fake.send_photo(ADA, JPEG)
    fake.send_text(ADA, "/help")

    assert len((await fake.reply(ADA)).shown.links) == 5
    assert "teach me" in (await fake.reply(ADA)).shown.text
    assert len(TRACKS) == 10
