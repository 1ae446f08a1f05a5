"""Why a URL cannot be used. The errors of the core say so in their texts alone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fastjose._config.setting_values import prefix_variable
from fastjose._core import RemoteKeySet

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTES = ("'", '"', "`", "\u201c", "\u201e", "\u2018")
_DOCUMENT = "/.well-known/openid-configuration"


@contextlib.contextmanager
def prefix_url(variable: str, url: str, *, allow_http: bool = True) -> Iterator[None]:
    """Turn a ValueError about `url` into an error of the configuration, whose text begins with the variable.

    Raises:
        ConfigurationError: As `prefix_variable`.
    """
    with prefix_variable(variable, lambda: classify_url(url, allow_http=allow_http)):
        yield


def classify_url(url: str, *, allow_http: bool) -> str:
    """Return the code of what is wrong with a URL that is refused."""
    text = url.strip()
    if text.startswith(_QUOTES):
        return "quoted_value"
    if not {"{", "}", "<", ">"}.isdisjoint(text):
        return "placeholder"
    if not allow_http and _is_accepted(text, allow_http=True) and not _is_accepted(text, allow_http=False):
        return "plain_http"
    return "url_of_document" if _DOCUMENT in text else "invalid_value"


def _is_accepted(url: str, *, allow_http: bool) -> bool:
    try:
        RemoteKeySet(url, allow_http=allow_http)
    except ValueError:
        return False
    return True
