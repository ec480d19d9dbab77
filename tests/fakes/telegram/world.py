"""What the server knows: people, chats, messages, files, and updates the bot has not got yet."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

WAIT_S: Final = 15.0
"""How long a person waits for the bot before the test fails."""


@dataclass(frozen=True)
class Person:
    """Somebody who talks with the bot; their private chat has their own id."""

    id: int
    name: str = "Ada"
    language_code: str = "en"

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.name,
            "language_code": self.language_code,
        }


@dataclass
class Shown:
    """What the bot let somebody see: a message's text and buttons at one moment."""

    text: str
    html: str
    links: list[tuple[str, str]]
    rows: list[list[tuple[str, str]]]
    """Label and ``callback_data`` of each button, row by row."""
    preview_url: str | None

    @property
    def labels(self) -> list[list[str]]:
        return [[label for label, _ in row] for row in self.rows]


@dataclass
class BotMessage:
    """A message of the bot's; ``shown`` changes when it is edited."""

    id: int
    chat_id: int
    shown: Shown
    reply_to: int | None = None
    edited: asyncio.Event = field(default_factory=asyncio.Event)

    def data(self, label: str) -> str:
        """What the button with this label carries."""
        return next(data for row in self.shown.rows for name, data in row if name == label)

    def as_json(self, bot: Json) -> Json:
        return {
            "message_id": self.id,
            "date": int(time.time()),
            "chat": chat_json(self.chat_id),
            "from": bot,
            "text": self.shown.text,
        }


def chat_json(chat_id: int) -> Json:
    """A private chat, or a group where the id is negative."""
    if chat_id < 0:
        return {"id": chat_id, "type": "supergroup", "title": "Friends"}
    return {"id": chat_id, "type": "private", "first_name": "Ada"}


class World:
    """The people's side: what they send, and what they see of the bot."""

    def __init__(self) -> None:
        self.bot: Json = {
            "id": 4200,
            "is_bot": True,
            "first_name": "Storify",
            "username": "storify_bot",
        }
        self.updates: list[Json] = []
        self.new_update = asyncio.Event()
        self.allowed_updates: Sequence[str] = ()
        self.files: dict[str, bytes] = {}
        self.paths: dict[str, str] = {}
        self.people: set[int] = set()
        self.blocked: set[int] = set()
        self.messages: dict[tuple[int, int], BotMessage] = {}
        self.sent: dict[int, asyncio.Queue[BotMessage]] = defaultdict(asyncio.Queue)
        self.actions: list[tuple[int, str, float]] = []
        self.notices: dict[str, asyncio.Future[str]] = {}
        self.commands: list[Json] = []
        self._numbers = itertools.count(1)
        self._update_ids = itertools.count(700_000_001)

    def number(self) -> int:
        """An id nobody has yet."""
        return next(self._numbers)

    def send_text(self, person: Person, text: str, chat_id: int | None = None) -> int:
        """Write a message; a leading ``/command`` is marked as one. Its message id."""
        body: Json = {"text": text}
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            body["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return self._message(person, body, chat_id)

    def send_photo(self, person: Person, content: bytes, caption: str = "") -> int:
        """Send a photo the way phones do: a thumbnail and the full size. Its message id."""
        sizes = [
            self._file(content[:50], width=90, height=90),
            self._file(content, width=1280, height=960),
        ]
        return self._message(person, {"photo": sizes, **({"caption": caption} if caption else {})})

    def send_file(
        self,
        person: Person,
        content: bytes,
        mime_type: str,
        caption: str = "",
        file_size: int | None = None,
    ) -> int:
        """Send something as a file, with a size that may be a lie. Its message id."""
        document = self._file(content, mime_type=mime_type, file_name="story")
        if file_size is not None:
            document["file_size"] = file_size
        return self._message(
            person, {"document": document, **({"caption": caption} if caption else {})}
        )

    def send_other(self, person: Person, body: Mapping[str, Any]) -> int:
        """Send what is neither photo nor text. Its message id."""
        return self._message(person, dict(body))

    def press(self, person: Person, message: BotMessage, label: str) -> str:
        """Press the button with this label. The id of the query, for ``notice``."""
        return self.press_data(person, message, message.data(label))

    def press_data(self, person: Person, message: BotMessage, data: str) -> str:
        """Press a button that carries ``data``, whether the message has one or not."""
        query_id = f"query-{self.number()}"
        self.notices[query_id] = asyncio.get_running_loop().create_future()
        query = {
            "id": query_id,
            "from": person.as_json(),
            "chat_instance": "1",
            "message": message.as_json(self.bot),
            "data": data,
        }
        self._update("callback_query", query)
        return query_id

    async def reply(self, person: Person | int, wait_s: float = WAIT_S) -> BotMessage:
        """The next message of the bot's in this chat."""
        chat_id = person if isinstance(person, int) else person.id
        async with asyncio.timeout(wait_s):
            return await self.sent[chat_id].get()

    async def notice(self, query_id: str) -> str:
        """What the bot answered to a press."""
        async with asyncio.timeout(WAIT_S):
            return await self.notices[query_id]

    async def edit(self, message: BotMessage) -> Shown:
        """What a message shows after its next edit."""
        async with asyncio.timeout(WAIT_S):
            await message.edited.wait()
        message.edited.clear()
        return message.shown

    def redeliver(self, update: Json) -> None:
        """Offer an update to the bot, once more or for the first time."""
        self.updates.append(update)
        self.new_update.set()

    def _message(self, person: Person, body: Json, chat_id: int | None = None) -> int:
        message_id = self.number()
        self.people.add(person.id)
        chat = chat_json(person.id if chat_id is None else chat_id)
        message = {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": chat,
            "from": person.as_json(),
            **body,
        }
        self._update("message", message)
        return message_id

    def _update(self, kind: str, body: Json) -> None:
        if not self.allowed_updates or kind in self.allowed_updates:
            self.redeliver({"update_id": next(self._update_ids), kind: body})

    def _file(self, content: bytes, **facts: int | str) -> Json:
        file_id = f"file-{self.number()}"
        self.files[file_id] = content
        return {
            "file_id": file_id,
            "file_unique_id": f"unique-{file_id}",
            "file_size": len(content),
            **facts,
        }
