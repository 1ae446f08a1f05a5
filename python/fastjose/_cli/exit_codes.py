"""The exit statuses of every command."""

from __future__ import annotations

from typing import Final

OK: Final = 0
"""The command did what it was asked for, and its answer is positive."""

NEGATIVE: Final = 1
"""The command worked, and its answer is negative: the token is rejected, or a mistake was found."""

USAGE: Final = 2
"""The command was called wrongly, its input cannot be used, or its output cannot be written."""

INTERRUPTED: Final = 130
"""Ctrl-C: 128 and the number of SIGINT, as a shell reports it."""

BROKEN_PIPE: Final = 141
"""The reader of the output has gone away: 128 and the number of SIGPIPE, as a shell reports it."""
