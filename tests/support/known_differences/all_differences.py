"""The table of intended differences from python-jose: all there are, for the comparison and for the migration page."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from support.differential.library import FASTJOSE, JOSE, outcome
from support.known_differences import claims as differences_claims
from support.known_differences import jwe as differences_jwe
from support.known_differences import keys as differences_keys
from support.known_differences import secrets as differences_secrets
from support.known_differences import tokens as differences_tokens
from support.known_differences.difference import Difference, Seen

if TYPE_CHECKING:
    from support.differential.library import Call, Outcome

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
    """Return the differences of single keys that explain the answer to several: one that is refused is passed over."""
    if not (seen.is_verifying and seen.has_several_keys):
        return []
    good = [key for key in seen.keys if outcome(JOSE, seen.with_key([key])).error is None]
    singles = [_single(seen, key) for key in (good if seen.effect == "refuses" else seen.keys)]
    if seen.effect == "refuses" and not all(map(_names, singles)):
        return []
    return [name for single in singles if _explains(single, seen) for name in _names(single)]


def _single(seen: Seen, key: Any) -> Seen:
    made = seen.with_key(key)
    return Seen(made, outcome(JOSE, made), outcome(FASTJOSE, made))


def _names(seen: Seen) -> list[str]:
    return recognised(seen.call, seen.jose, seen.ours) if seen.jose != seen.ours and not seen.has_several_keys else []


def _explains(single: Seen, several: Seen) -> bool:
    """Tell whether it is of the same effect: a key that is refused explains no token that is taken."""
    return several.effect != "accepts" or single.effect == "accepts"


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
