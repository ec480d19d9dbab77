"""From candidates to the tracks that are offered, each with its reason. Pure functions, no I/O."""

from bot.ranking.reranking import pool_size, rerank
from bot.ranking.taste import NO_TASTE, Taste

__all__ = ["NO_TASTE", "Taste", "pool_size", "rerank"]
