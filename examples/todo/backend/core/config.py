"""The application's settings: those of `fastjose.auth`, and where the database is."""

from functools import lru_cache

from pydantic import Field

from fastjose.settings import AuthSettings


class Settings(AuthSettings):
    """Read from the environment and `.env`; see `AuthSettings` for BETTER_AUTH_SECRET, TOKEN_URL, ENVIRONMENT etc.

    `DATABASE_URL` is an SQLAlchemy URL, by default an SQLite file in the working directory; `postgresql://` works too.
    It often holds a password, so that neither `repr` nor an error shows it.
    """

    database_url: str = Field(default="sqlite:///./todo.db", repr=False)


@lru_cache
def get_settings() -> Settings:
    """Return the settings, read once.

    Raises:
        ValueError: A variable has a value that it cannot have (pydantic's `ValidationError`).
    """
    return Settings()
