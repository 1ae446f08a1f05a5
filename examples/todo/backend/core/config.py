"""The settings of the application: those of `fastjose.auth`, the database URL, and the origins of pages."""

import re
from functools import lru_cache

from pydantic import Field

from fastjose.settings import AuthSettings


class Settings(AuthSettings):
    """Settings from the environment and `.env`. `AuthSettings` documents BETTER_AUTH_SECRET, TOKEN_URL and others.

    `DATABASE_URL` is an SQLAlchemy URL, by default an SQLite file in the working directory; `postgresql://` works too.
    It may contain a password, so neither `repr` nor an error shows it.

    `CORS_ORIGINS` are the origins of the pages that may call this application from a browser, separated by commas. By
    default no page of another origin may.
    """

    database_url: str = Field(default="sqlite:///./todo.db", repr=False)
    cors_origins: str | None = None

    @property
    def page_origins(self) -> list[str]:
        """`CORS_ORIGINS` as a list, which is empty if it is not set.

        Raises:
            ValueError: An entry is not an origin. `*` is not one: a page of any origin could act with the user's
                cookies.
        """
        origins = [origin.strip() for origin in (self.cors_origins or "").split(",") if origin.strip()]
        if not all(is_origin(origin) for origin in origins):
            raise ValueError("CORS_ORIGINS must be origins such as http://localhost:3000, separated by commas")
        return origins


def is_origin(text: str) -> bool:
    """Return whether `text` has the form in which a browser sends an origin: scheme, host, and port if it has one."""
    return re.fullmatch(r"https?://[a-z0-9.\-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?", text) is not None


@lru_cache
def get_settings() -> Settings:
    """Return the settings, which are read once.

    Raises:
        ValueError: A variable has an invalid value (pydantic's `ValidationError`).
    """
    return Settings()
