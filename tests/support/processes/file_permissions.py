"""Processes that may read only what the mode of a file allows, also where the tests run as root."""

from __future__ import annotations

import os

from support.environment.requirements import require_program

_DROPPED = "-dac_override,-dac_read_search"  # capabilities with which root reads every file


def obey_file_modes() -> list[str]:
    """Return what precedes a command, so that it cannot read its own file of mode 0: nothing unless we are root.

    The user stays the same, so that the command can still read an interpreter in root's home.
    """
    if os.geteuid() != 0:
        return []
    return [require_program("setpriv", "apt-get install util-linux"), f"--bounding-set={_DROPPED}"]
