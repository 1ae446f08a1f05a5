"""The command `fastjose`, also `python -m fastjose`. It requires the extra `cli`."""

from __future__ import annotations

import sys

_MISSING_EXTRA = 'fastjose: the command line must be installed: pip install "fastjose[cli]"\n'
_REQUIRED = frozenset({"click", "httpx", "rich", "typer"})


def main() -> int:
    """Run the command with the arguments of the process, and return its exit status.

    If typer or rich is not installed, the process says how to install them, and the status is 2.
    """
    try:
        from fastjose._cli.run import run  # noqa: PLC0415 - it requires the extra
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _REQUIRED:
            raise
        sys.stderr.write(_MISSING_EXTRA)
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("fastjose: interrupted\n")
        return 130
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
