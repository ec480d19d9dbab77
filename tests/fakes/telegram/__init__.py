"""A Bot API server on loopback, as strict as the real one, with people who use it."""

from tests.fakes.telegram.server import FakeTelegram, Fault
from tests.fakes.telegram.world import BotMessage, Person, Shown

__all__ = ["BotMessage", "FakeTelegram", "Fault", "Person", "Shown"]
