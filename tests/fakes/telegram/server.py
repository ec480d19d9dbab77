"""The HTTP side: tokens, answers in Telegram's envelope, file downloads, and faults on demand."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

from aiohttp import web

from tests.fakes.telegram.methods import Methods, RefusalError
from tests.fakes.telegram.world import WAIT_S, Json, World

TOKEN: Final = "4200:AAF-this_is_the_token_of_the_fake"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    ``refuse`` answers with ``status``; ``html`` too, with a page of some proxy in between; ``drop``
    cuts the connection before the method runs, ``drop_after`` once it has; ``truncate`` sends half
    of a file; ``delay`` only waits. Each first waits for ``seconds``.
    """

    kind: Literal["refuse", "html", "drop", "drop_after", "truncate", "delay"]
    status: int = 502
    description: str = "Bad Gateway"
    retry_after: int | None = None
    seconds: float = 0.0


class FakeTelegram(World):
    """The server, running between ``async with`` and its end."""

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__()
        self.token = token
        self.requests: list[tuple[str, Mapping[str, str]]] = []
        self._heard: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._methods = Methods(self)
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        """For ``TELEGRAM_BASE_URL``."""
        return f"http://127.0.0.1:{self._port}/bot"

    @property
    def base_file_url(self) -> str:
        """For ``TELEGRAM_BASE_FILE_URL``."""
        return f"http://127.0.0.1:{self._port}/file/bot"

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._answer)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next calls of ``method`` (``download`` for files) go wrong, one fault each."""
        self._faults[method].extend(faults)

    def calls(self, method: str) -> list[Mapping[str, str]]:
        """The parameters of every call of ``method`` so far."""
        return [parameters for name, parameters in self.requests if name == method]

    async def heard(self, method: str, after: int = 0, wait_s: float = WAIT_S) -> None:
        """Wait until ``method`` (``download`` for files) has been called over ``after`` times."""
        async with asyncio.timeout(wait_s):
            while len(self.calls(method)) <= after:
                self._heard[method].clear()
                await self._heard[method].wait()

    def revoke(self) -> None:
        """Give the bot another token, which it does not know."""
        self.token = f"{self.token}-renewed"
        self._methods.end_poll()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        parameters = {name: str(value) for name, value in form.items()}
        method = request.match_info["method"]
        self._note(method, parameters)
        fault = self._next_fault(method)
        if fault is not None and (spoilt := await _spoilt(fault, request)):
            return spoilt
        try:
            self._check_token(request)
            result = await self._methods.called(method)(parameters)
        except RefusalError as refusal:
            return _refused(refusal)
        if fault is not None and fault.kind == "drop_after":
            return _cut(request)
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self._note("download", {"path": path})
        fault = self._next_fault("download")
        if fault is not None and (spoilt := await _spoilt(fault, request)):
            return spoilt
        if request.match_info["token"] != self.token or path not in self.paths:
            return _refused(RefusalError(404, "Not Found"))
        content = self.files[self.paths[path]]
        if fault is None or fault.kind != "truncate":
            return web.Response(body=content)
        return web.Response(body=content[: len(content) // 2])

    def _note(self, method: str, parameters: Mapping[str, str]) -> None:
        self.requests.append((method, parameters))
        self._heard[method].set()

    def _check_token(self, request: web.Request) -> None:
        if request.match_info["token"] != self.token:
            raise RefusalError(401, "Unauthorized")

    def _next_fault(self, method: str) -> Fault | None:
        return self._faults[method].pop(0) if self._faults[method] else None


async def _spoilt(fault: Fault, request: web.Request) -> web.Response | None:
    """What comes instead of the method's answer, if the fault strikes before it runs."""
    await asyncio.sleep(fault.seconds)
    if fault.kind == "drop":
        return _cut(request)
    if fault.kind == "html":
        return web.Response(status=fault.status, text="<html><body>oops</body></html>")
    if fault.kind == "refuse":
        wait = {"retry_after": fault.retry_after} if fault.retry_after is not None else None
        return _refused(RefusalError(fault.status, fault.description, wait))
    return None


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # which nobody will read


def _refused(refusal: RefusalError) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.status, "description": str(refusal)}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.status)
