"""Sessions of Auth.js and NextAuth.js: their encrypted cookie."""

from __future__ import annotations

try:
    import fastapi  # noqa: F401 - the check of this module's extra
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this requires FastAPI: pip install "fastjose[fastapi]"', name=missing.name) from None

from fastjose._credentials.auth_js_cookies import AuthJsCookies

__all__ = ["AuthJsCookies"]
