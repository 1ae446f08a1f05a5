"""The error with which a command ends."""

from __future__ import annotations

from fastjose._cli.exit_codes import USAGE


class CommandError(Exception):
    """The reason for which a command cannot go on: one line, `<thing> must be <expected>`, and what to do.

    The text must not contain any part of a token, a key or a secret. It may contain a path of the user.
    """

    def __init__(self, message: str, exit_code: int = USAGE) -> None:
        """Create the error. The process ends with `exit_code`."""
        super().__init__(message)
        self.exit_code = exit_code
