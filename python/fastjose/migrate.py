"""Change a codebase from python-jose or PyJWT: `python -m fastjose.migrate [--dry-run] [--exclude PATH] PATH…`.

**python-jose.** The command changes the names of its modules in the Python files under each PATH, and nothing else:

    from jose import jwt                 from fastjose import jwt
    import jose                          import fastjose as jose
    import jose.jwt                      import fastjose as jose, fastjose.jwt
    patch("jose.jwt.decode")             patch("fastjose.jwt.decode")

**PyJWT.** The command changes imports, calls and exception classes, so that every check of PyJWT is still made:

    import jwt                                      import fastjose
    jwt.decode(token, key, algorithms=["RS256"])    fastjose.verify_token(token, key, algorithms=["RS256"],
                                                        required=(), check_issued_at=True)
    jwt.encode(claims, key, algorithm="HS256")      fastjose.sign_token(claims, key, algorithm="HS256")
    jwt.PyJWKClient(url)                            fastjose.RemoteKeySet(url, max_age_seconds=300)
    except jwt.InvalidTokenError:                   except fastjose.JWTError:

If one use of PyJWT in a file cannot be changed without a change of its meaning, the file's uses of PyJWT all stay. The
command then prints what to write, line by line. Uses that are changed by hand first do not stop the next run.

It prints each change as `path:line: old → new`. With `--dry-run` it prints the changes without making them. A file that
keeps PyJWT can hold up others, and is printed first with their names: `--exclude` leaves it out.

It also prints the lines that must be changed by hand: requirements, lock files, Dockerfiles, shell scripts, tool
settings, notebooks and documents that name python-jose or PyJWT, and uses of names that fastjose does not have: in
imports, behind an imported module (`jws._x`), and in the texts of patches. A second run makes no further changes.

Exit codes: 0 if everything was changed, or no change was necessary. 1 if a line must be changed by hand, or with
`--dry-run` if a change is necessary. 2 if a file cannot be read or written, or if the arguments are invalid.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from fastjose._migrate.command import run
from fastjose._migrate.edits import Edit
from fastjose._migrate.python_jose import find_edits

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Edit", "find_edits", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: change all files under the given paths, and print a report.

    Example::

        exit_code = main(["--dry-run", "src", "tests"])

    Args:
        arguments: The arguments of the command. Defaults to the arguments of the process.

    Returns:
        The exit code: 0, 1 or 2.

    Raises:
        SystemExit: The arguments are invalid.
    """
    return run(arguments)


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # the terminal may not support the arrow
    sys.exit(main())
