"""The table of intended differences from python-jose: all there are, for the comparison and for the migration page."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import differences_claims
import differences_jwe
import differences_keys
import differences_secrets
import differences_tokens
from difference import Difference, Seen
from differential_library import FASTJOSE, JOSE, outcome

if TYPE_CHECKING:
    from differential_library import Call, Outcome

TABLE: tuple[Difference, ...] = tuple(
    chain(
        differences_tokens.DIFFERENCES,
        differences_secrets.DIFFERENCES,
        differences_keys.DIFFERENCES,
        differences_claims.DIFFERENCES,
        differences_jwe.DIFFERENCES,
    )
)


def recognised(call: Call, jose: Outcome, ours: Outcome) -> list[str]:
    """Return the ids of the differences that the two answers are an instance of."""
    seen = Seen(call, jose, ours)
    return [difference.id for difference in TABLE if difference.explains(seen)] or _key_by_key(seen)


def _key_by_key(seen: Seen) -> list[str]:
    """Return the differences of the keys, of several, that python-jose verifies with: fastjose passes over them."""
    if not (seen.is_verifying and seen.has_several_keys and seen.says("Signature verification failed.")):
        return []
    good = [key for key in seen.keys if outcome(JOSE, seen.with_key([key])).error is None]
    alone = [(made, outcome(JOSE, made), outcome(FASTJOSE, made)) for made in map(seen.with_key, good)]
    names = [recognised(*answers) for answers in alone]
    return [name for each in names for name in each] if all(names) else []


def markdown() -> str:
    """Write the table as the migration page has it: a heading and a table for each area."""
    areas = dict.fromkeys(difference.area for difference in TABLE)
    return "\n\n".join(_area(area) for area in areas) + "\n"


def _area(area: str) -> str:
    rows = [_row(difference) for difference in TABLE if difference.area == area]
    return "\n".join((f"### {area}", "", "| python-jose | fastjose | why |", "|---|---|---|", *rows))


def _row(difference: Difference) -> str:
    cells = (difference.jose, difference.ours, difference.reason)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
