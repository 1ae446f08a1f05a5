"""The settings of the application: those of `fastjose.auth` and the database URL."""

from functools import lru_cache

from pydantic import Field

from fastjose.settings import AuthSettings


class Settings(AuthSettings):
    """Settings from the environment and `.env`. `AuthSettings` documents BETTER_AUTH_SECRET, TOKEN_URL and others.

    `DATABASE_URL` is an SQLAlchemy URL, by default an SQLite file in the working directory; `postgresql://` works too.
    It may contain a password, so neither `repr` nor an error shows it.
    """

    database_url: str = Field(default="sqlite:///./todo.db", repr=False)


@lru_cache
def get_settings() -> Settings:
    """Return the settings, which are read once.

    Raises:
        ValueError: A variable has an invalid value (pydantic's `ValidationError`).
    """
    return Settings()
