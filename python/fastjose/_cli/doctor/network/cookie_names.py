"""Whether the cookies of a sign-in have the names that the application reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastjose._cli.doctor.findings import Finding
    from fastjose.settings import AuthSettings

_SUFFIX = ".session_token"
_MARKS = ("__Secure-", "__Host-")
_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)
_MAX_NAMES = 5


def check_cookie_names(settings: AuthSettings, names: Sequence[str]) -> Finding | None:
    """Return the finding that none of the cookies `names` is the session that the application reads, or None.

    The prefixes `__Secure-` and `__Host-` are found without being named.
    """
    expected = f"{settings.better_auth_cookie_prefix}{_SUFFIX}"
    if {expected, *(mark + expected for mark in _MARKS)}.intersection(names):
        return None
    seen = next((name for name in names if name.endswith(_SUFFIX) and _NAME.fullmatch(name)), None)
    if seen is None:
        return _describe_other_name(expected, names)
    prefix = _without_mark(seen).removesuffix(_SUFFIX)
    text = f"the sign-in sets the cookie {seen}, but the application reads {expected}"
    cure = f"set BETTER_AUTH_COOKIE_PREFIX to the advanced.cookiePrefix of Better Auth, {prefix}"
    if expected.startswith(_MARKS):
        cure += ", without __Secure-, which is found in addition"
    return find("cookie_name_mismatch", text, cure, line=f"BETTER_AUTH_COOKIE_PREFIX={prefix}")


def _describe_other_name(expected: str, names: Sequence[str]) -> Finding:
    shown = ", ".join([name for name in names if _NAME.fullmatch(name)][:_MAX_NAMES]) or "none"
    text = f"the sign-in sets no cookie {expected}, which the application reads; its cookies: {shown}"
    cure = (
        "remove advanced.cookies.session_token.name of Better Auth, or name the cookie in code: "
        "SessionCookies(session_token_name=…)"
    )
    return find("cookie_name_mismatch", text, cure)


def _without_mark(name: str) -> str:
    return next((name.removeprefix(mark) for mark in _MARKS if name.startswith(mark)), name)
