"""For every test: no address but loopback can be reached, and a store in a file of its own."""

import ipaddress
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Store

os.environ.setdefault("PTB_TIMEDELTA", "true")  # as the Telegram runner does


def _only_loopback(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse names and addresses beyond this machine before a packet leaves it."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path: a Unix socket
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_loopback(host):
        raise AssertionError(f"a test reached for {host!r}: only loopback is open to tests")


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


sys.addaudithook(_only_loopback)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    store = await Store.open(tmp_path / "storify.sqlite3")
    yield store
    await store.close()
