"""What can go wrong in the bot; each carries one sentence for a person, as in ``inference``.

StorifyError
├── SettingsError               a setting is missing or makes no sense
├── CatalogError                the track table cannot be read or written
│   └── NoTracksError           no track is left after the filters
├── StoreError                  the database cannot be read or written
│   ├── StoreBusyError          another process holds it locked
│   └── StoreFullError          the disk is full
├── ChatError                   the chat platform refused or did not answer
│   ├── ChatUnauthorizedError   the token is wrong or was revoked
│   ├── ChatUnreachableError    no connection, a time-out, or the platform's own failure
│   ├── ChatRateLimitError      too many requests; carries retry_after in seconds
│   ├── ChatBlockedError        the person blocked the bot, or the chat is gone
│   └── ChatRequestError        a request of ours that the platform does not accept
└── UnknownMoodError            words that name no mood
"""


class StorifyError(Exception):
    """Base of everything that ``bot`` raises; ``str()`` is fit to be shown to a person."""


class SettingsError(StorifyError):
    """A setting is missing or makes no sense."""


class CatalogError(StorifyError):
    """The track table cannot be read or written."""


class NoTracksError(CatalogError):
    """No track is left after the filters."""


class StoreError(StorifyError):
    """The database cannot be read or written."""


class StoreBusyError(StoreError):
    """Another process holds the database locked."""


class StoreFullError(StoreError):
    """The disk is full."""


class ChatError(StorifyError):
    """The chat platform refused or did not answer."""


class ChatUnauthorizedError(ChatError):
    """The token is wrong or was revoked."""


class ChatUnreachableError(ChatError):
    """No connection, a time-out, or the platform's own failure."""


class ChatRateLimitError(ChatError):
    """Too many requests."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds to wait before the next request."""


class ChatBlockedError(ChatError):
    """The person blocked the bot, or the chat is gone."""


class ChatRequestError(ChatError):
    """A request of ours that the platform does not accept."""


class UnknownMoodError(StorifyError):
    """Words that name no mood."""
