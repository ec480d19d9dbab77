"""SQLite: what was suggested, and the thumbs it got."""

from bot.store.history import Asked, History, Offer, RecordedStory, new_story_id
from bot.store.store import DATABASE_NAME, Store
from bot.store.votes import Votes

__all__ = [
    "DATABASE_NAME",
    "Asked",
    "History",
    "Offer",
    "RecordedStory",
    "Store",
    "Votes",
    "new_story_id",
]
