"""The methods of the Bot API that Storify calls, with the checks and words of the real server."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from tests.fakes.telegram.entities import EntityError, Parsed, parse, utf16_length
from tests.fakes.telegram.world import BotMessage, Json, Shown, World

Parameters = Mapping[str, str]

MAX_FILE_BYTES: Final = 20 * 1024 * 1024
_ACTIONS: Final = frozenset({"typing", "upload_photo", "upload_document", "choose_sticker"})


class RefusalError(Exception):
    """The server's answer to a request that it does not accept."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


def bad_request(description: str) -> RefusalError:
    """A refusal with status 400."""
    return RefusalError(400, f"Bad Request: {description}")


class Methods:
    """One method of this class for each of the Bot API's, found by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._polls = 0
        self._by_name: Mapping[str, Callable[[Parameters], Awaitable[Any]]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "deleteWebhook": self._delete_webhook,
            "setMyCommands": self._set_my_commands,
            "getFile": self._get_file,
            "sendMessage": self._send_message,
            "sendChatAction": self._send_chat_action,
            "answerCallbackQuery": self._answer_callback_query,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
        }

    def called(self, name: str) -> Callable[[Parameters], Awaitable[Any]]:
        """The method of this name.

        Raises:
            RefusalError: there is none.
        """
        if name not in self._by_name:
            raise RefusalError(404, "Not Found")
        return self._by_name[name]

    def end_poll(self) -> None:
        """Send the poll that waits away, as another one does that comes later."""
        self._polls += 1
        self._world.new_update.set()

    async def _get_me(self, _: Parameters) -> Json:
        return self._world.bot

    async def _delete_webhook(self, _: Parameters) -> bool:
        return True

    async def _get_updates(self, parameters: Parameters) -> list[Json]:
        world = self._world
        self.end_poll()
        poll = self._polls
        offset = int(parameters.get("offset", 0))
        limit = int(parameters.get("limit", 100))
        if not 1 <= limit <= 100:
            raise bad_request("limit must be between 1 and 100")
        if "allowed_updates" in parameters:
            world.allowed_updates = json.loads(parameters["allowed_updates"])
        world.updates = [update for update in world.updates if update["update_id"] >= offset]
        world.new_update.clear()
        deadline = asyncio.get_running_loop().time() + float(parameters.get("timeout", 0))
        while not world.updates:
            try:
                async with asyncio.timeout_at(deadline):
                    await world.new_update.wait()
            except TimeoutError:
                break
            world.new_update.clear()
            if poll != self._polls:
                raise RefusalError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot "
                    "instance is running",
                )
        return world.updates[:limit]

    async def _set_my_commands(self, parameters: Parameters) -> bool:
        commands = json.loads(parameters["commands"])
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._world.commands = commands
        return True

    async def _get_file(self, parameters: Parameters) -> Json:
        file_id = parameters["file_id"]
        content = self._world.files.get(file_id)
        if content is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if len(content) > MAX_FILE_BYTES:
            raise bad_request("file is too big")
        path = f"photos/{file_id}.jpg"
        self._world.paths[path] = file_id
        return {
            "file_id": file_id,
            "file_unique_id": f"unique-{file_id}",
            "file_size": len(content),
            "file_path": path,
        }

    async def _send_message(self, parameters: Parameters) -> Json:
        chat_id = self._chat(parameters)
        reply_to = self._replied(parameters)
        message = BotMessage(self._world.number(), chat_id, _shown(parameters), reply_to)
        self._world.messages[chat_id, message.id] = message
        self._world.sent[chat_id].put_nowait(message)
        return message.as_json(self._world.bot)

    async def _send_chat_action(self, parameters: Parameters) -> bool:
        if parameters["action"] not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        now = asyncio.get_running_loop().time()
        self._world.actions.append((self._chat(parameters), parameters["action"], now))
        return True

    async def _answer_callback_query(self, parameters: Parameters) -> bool:
        text = parameters.get("text", "")
        answered = self._world.notices.get(parameters["callback_query_id"])
        if answered is None or answered.done():
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if utf16_length(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        answered.set_result(text)
        return True

    async def _edit_message_text(self, parameters: Parameters) -> Json:
        return self._edit(parameters, _shown(parameters))

    async def _edit_message_reply_markup(self, parameters: Parameters) -> Json:
        before = self._message(parameters).shown
        rows = _rows(parameters)
        shown = Shown(before.text, before.html, before.links, rows, before.preview_url)
        return self._edit(parameters, shown)

    def _edit(self, parameters: Parameters, shown: Shown) -> Json:
        message = self._message(parameters)
        if shown == message.shown:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        message.shown = shown
        message.edited.set()
        return message.as_json(self._world.bot)

    def _message(self, parameters: Parameters) -> BotMessage:
        key = self._chat(parameters), int(parameters["message_id"])
        if key not in self._world.messages:
            raise bad_request("message to edit not found")
        return self._world.messages[key]

    def _chat(self, parameters: Parameters) -> int:
        chat_id = int(parameters["chat_id"])
        if chat_id in self._world.blocked:
            raise RefusalError(403, "Forbidden: bot was blocked by the user")
        if chat_id >= 0 and chat_id not in self._world.people:
            raise bad_request("chat not found")
        return chat_id

    def _replied(self, parameters: Parameters) -> int | None:
        if "reply_parameters" not in parameters:
            return None
        return int(json.loads(parameters["reply_parameters"])["message_id"])


def _shown(parameters: Parameters) -> Shown:
    source = parameters.get("text", "")
    parsed = _parsed(source, parameters.get("parse_mode"))
    if not parsed.text.strip():
        raise bad_request("message text is empty")
    if utf16_length(parsed.text) > 4096:
        raise bad_request("message is too long")
    preview = json.loads(parameters.get("link_preview_options", "{}"))
    return Shown(parsed.text, source, parsed.links, _rows(parameters), preview.get("url"))


def _parsed(source: str, parse_mode: str | None) -> Parsed:
    if parse_mode is None:
        return Parsed(source)
    if parse_mode != "HTML":
        raise bad_request("unsupported parse_mode")
    try:
        return parse(source)
    except EntityError as error:
        raise bad_request(f"can't parse entities: {error}") from error


def _rows(parameters: Parameters) -> list[list[tuple[str, str]]]:
    markup = json.loads(parameters.get("reply_markup", "{}"))
    rows = markup.get("inline_keyboard", [])
    for row in rows:
        if len(row) > 8:
            raise bad_request("BUTTON_ROW_TOO_LONG")
        for button in row:
            if not button.get("text"):
                raise bad_request("BUTTON_TEXT_INVALID")
            if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                raise bad_request("BUTTON_DATA_INVALID")
    return [[(button["text"], button["callback_data"]) for button in row] for row in rows]
