"""The application's settings: those of `fastjose.auth`, and where the database is."""

from functools import lru_cache

from fastjose.settings import AuthSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class Settings(AuthSettings):
    """Read from the environment and `.env`; see `AuthSettings` for BETTER_AUTH_SECRET, TOKEN_URL, ENVIRONMENT etc.

    `DATABASE_URL` is an SQLAlchemy URL, by default an SQLite file in the working directory; `postgresql://` works too.
    It often holds a password, so that neither `repr` nor an error shows it.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",  # an `.env` that is shared with the front end holds other things
        hide_input_in_errors=True,
    )

    database_url: str = Field(default="sqlite:///./todo.db", repr=False)


@lru_cache
def get_settings() -> Settings:
    """Return the settings, read once.

    Raises pydantic's `ValidationError`, a `ValueError`, if a variable is malformed.
    """
    return Settings()
