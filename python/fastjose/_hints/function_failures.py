"""The log of what fails in the functions of an application, which a client can call with each request."""

from __future__ import annotations

import logging

from fastjose._hints.hint_log import HintLog

FAILURES = {
    "store_failed": "$failure",
    "tenants_failed": "the function of issuers $failure",
    "grants_failed": "the function of $failure",
}
"""The line of each code. The codes are stable across releases."""

_HINTS = HintLog(FAILURES, level=logging.ERROR)


def log_failure(code: str, failure: str) -> None:
    """Log a failure as an ERROR, at most once a minute for each code.

    Args:
        code: A code of `FAILURES`.
        failure: What failed, without a value of the request. The text of an exception may contain one.
    """
    _HINTS.warn(code, lambda: {"failure": failure})
