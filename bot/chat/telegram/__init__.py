"""Storify on Telegram."""

from bot.chat.telegram.runner import run_telegram

__all__ = ["run_telegram"]
