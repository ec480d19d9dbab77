"""The bot: from a story to ranked tracks, and from tracks to a chat."""
