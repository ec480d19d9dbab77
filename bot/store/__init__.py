"""SQLite: what was suggested, the thumbs it got, and what is not yet answered."""

from bot.store.history import Asked, History, Offer, RecordedStory, new_story_id
from bot.store.inbox import Inbox, OpenUpdate
from bot.store.store import DATABASE_NAME, Store
from bot.store.votes import Votes

__all__ = [
    "DATABASE_NAME",
    "Asked",
    "History",
    "Inbox",
    "Offer",
    "OpenUpdate",
    "RecordedStory",
    "Store",
    "Votes",
    "new_story_id",
]
