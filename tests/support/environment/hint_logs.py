"""The logs of hints that a whole process shares: each logs a code at most once a minute, whichever test it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fastjose._hints.credential_hints import CredentialHints
from fastjose._hints.hint_log import HintLog

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED_LOG = "_HINTS"
"""The name of such a log in its module."""


def forget_logged_hints() -> None:
    """Let the logs of the process log each hint again at once."""
    for log in find_shared_logs():
        log._next_log_time.clear()


def find_shared_logs() -> Iterator[HintLog]:
    """Yield the logs of the modules that are loaded."""
    for name, module in list(sys.modules.items()):
        if name.startswith("fastjose."):
            log = vars(module).get(SHARED_LOG)
            if isinstance(log, CredentialHints):
                log = log._log
            if isinstance(log, HintLog):
                yield log
