"""Opens models, catalogue and database for a chat platform, and closes them after it."""

from contextlib import AsyncExitStack

from bot.catalog import LocalCatalog
from bot.chat.telegram import run_telegram
from bot.recommend import StoryRecommender
from bot.settings import Settings
from bot.store import DATABASE_NAME, Store
from inference.analyzer import Analyzer


async def serve_telegram(settings: Settings) -> None:
    """Answers on Telegram until it is told to stop.

    Raises ``StorifyError`` or ``InferenceError`` where a part cannot be opened.
    """
    async with AsyncExitStack() as stack:
        catalog = LocalCatalog.open(settings.storify_data_dir)
        stack.callback(catalog.close)
        analyzer = Analyzer(threads=settings.storify_threads)
        stack.callback(analyzer.close)
        store = await Store.open(settings.storify_data_dir / DATABASE_NAME)
        stack.push_async_callback(store.close)
        recommender = StoryRecommender(analyzer, catalog, store)
        stack.callback(recommender.close)
        await run_telegram(settings, recommender, store)
