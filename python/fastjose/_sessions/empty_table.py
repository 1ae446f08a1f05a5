"""`UnansweredTokens`: the warning that the `session` table does not have the sessions."""

from __future__ import annotations

import re
import warnings

from fastjose._process_locks import ProcessLock
from fastjose.exceptions import ConfigurationWarning

_ISSUED_TOKEN = re.compile(r"[A-Za-z0-9]{32}")
CHECK_ROWS_AFTER = 10
WARN_AFTER = 100
_ADVICE = "if Better Auth has a secondaryStorage, use SecondaryStorageSessions, because the table is not the truth"

_lock = ProcessLock()
"""For the counts of all stores: an object with a lock could not be copied."""


class UnansweredTokens:
    """Counts well-formed tokens that are unknown, until the first known one. Threads may share it."""

    def __init__(self) -> None:
        """Begin without tokens."""
        self.is_table_empty = False
        self._count: int | None = 0  # None: sessions are found, or the warning was given

    def should_count_rows(self, token: str, *, is_found: bool) -> bool:
        """Record a look-up. Return whether so many tokens are unknown that the table may be empty."""
        if self._count is None or not (is_found or _ISSUED_TOKEN.fullmatch(token)):
            return False
        with _lock:
            if self._count is None:  # since another thread has found a session
                return False
            self._count = None if is_found else self._count + 1
            return self._count == CHECK_ROWS_AFTER

    def warn_once(self) -> None:
        """Warn if the table is empty, or if far too many tokens are unknown."""
        with _lock:
            count = self._count
            if count is None or not (self.is_table_empty or count >= WARN_AFTER):
                return
            self._count = None
        found = "is empty" if self.is_table_empty else f"has none of the first {count} tokens"
        warnings.warn(f"the session table {found}: {_ADVICE}", ConfigurationWarning, stacklevel=3)
