"""Tracks with valence and energy, and where to find the nearest ones."""

from bot.catalog.base import NO_FILTERS, Catalog, CatalogInfo
from bot.catalog.local import LocalCatalog

__all__ = ["NO_FILTERS", "Catalog", "CatalogInfo", "LocalCatalog"]
