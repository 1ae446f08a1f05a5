"""The codes that a page explains: each has a section with its cause and its cure, whose anchor is the code."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"
_SECTION = re.compile(r"^### ([a-z_]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_CAUSE_AND_CURE = re.compile(r"^- \*\*Cause:\*\* \w.*^- \*\*Cure:\*\* \w", re.MULTILINE | re.DOTALL)


def find_explained_codes(page: str) -> set[str]:
    """Return the codes of the sections on `page`, a path under `docs/`.

    Raises:
        AssertionError: A section lacks the cause or the cure, or a code has two sections.
    """
    sections = _SECTION.findall((DOCS / page).read_text(encoding="utf-8"))
    codes = [code for code, _ in sections]
    assert len(set(codes)) == len(codes), page
    incomplete = [code for code, text in sections if not _CAUSE_AND_CURE.search(text)]
    assert not incomplete, incomplete
    return set(codes)
