"""Settings from the environment or ``.env``, built in ``bot.__main__`` and passed on."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One field for each line of ``.env.example``, which a test holds to this class."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    telegram_bot_token: SecretStr | None = None
    telegram_base_url: str = "https://api.telegram.org/bot"
    telegram_base_file_url: str = "https://api.telegram.org/file/bot"
    telegram_webhook_url: str | None = None
    telegram_webhook_secret: SecretStr | None = None
    spotify_client_id: str | None = None
    spotify_client_secret: SecretStr | None = None
    spotify_api_url: str = "https://api.spotify.com/v1"
    spotify_accounts_url: str = "https://accounts.spotify.com"
    reccobeats_url: str = "https://api.reccobeats.com"
    storify_data_dir: Path = Path("storify-data")
    storify_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    storify_web_password: SecretStr | None = None
    storify_threads: int = Field(default=2, ge=1, le=64)
    """Threads that ONNX Runtime may use for one story."""
