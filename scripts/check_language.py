"""Check the English of code and pages: banned words, and how a doc comment begins (CONTRIBUTING.md, Style)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SUFFIXES = {".rs", ".py", ".pyi", ".md", ".mjs", ".toml", ".in", ""}
EXCLUDED = {Path(__file__).relative_to(ROOT).as_posix()}

BANNED = {
    r"nobody": "name the actor, or use the passive voice",
    r"whoever": "name the actor: client, attacker, caller",
    r"anew": "use: again, refresh",
    r"judg(?:e|es|ed|ing|ement)": "use: validate, check, verify",
    r"at hand": "use: cached, available",
    r"be had": "use: available",
    r"vouch(?:es|ed)?": "use: verified, unverified",
    r"told": "use: reported, known, distinguished",
    r"there (?:is|are) no": "name the subject: the list is empty, the file is missing",
    r"(?<!there )(?:is|are) no (?!longer\b|more\b|less\b)": "write: is not a",
}
"""Patterns that the field does not use, and what to write instead."""

_BANNED = re.compile(rf"\b(?P<found>{'|'.join(BANNED)})(?:\b|(?<= ))", re.IGNORECASE)
_DOC_START = re.compile(
    r"\s*//[/!] (?P<word>What|Who|Whose|Whom|Of|That|Those|It|Its|The same|As|From|How|When|Why|Where)\b"
)


def tracked_files() -> Iterator[Path]:
    """Yield the text files that git tracks, or would."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    for name in listing.splitlines():
        path = ROOT / name
        if path.suffix in SUFFIXES and name not in EXCLUDED and path.is_file():
            yield path


def find_problems(path: Path) -> Iterator[str]:
    """Yield each violation with file, line and what to write instead."""
    previous = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        where = f"{path.relative_to(ROOT)}:{number}"
        for match in _BANNED.finditer(line):
            hint = next(
                hint for pattern, hint in BANNED.items() if re.fullmatch(pattern, match["found"], re.IGNORECASE)
            )
            yield f"{where}: {match['found']!r}: {hint}"
        is_first_line = not previous.lstrip().startswith(("///", "//!")) or previous.strip() in {"///", "//!"}
        if path.suffix == ".rs" and is_first_line and (start := _DOC_START.match(line)):
            yield f"{where}: a doc comment must begin with a verb or a noun, not {start['word']!r}"
        previous = line


def main() -> int:
    """Print every violation; return 1 if there is any."""
    problems = [problem for path in tracked_files() for problem in find_problems(path)]
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
