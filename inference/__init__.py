"""From a story photo and its caption to a mood. No torch, no network, nothing heavy at import."""
