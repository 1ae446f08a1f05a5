"""The table of all intended differences from python-jose, for the comparison and for the migration page."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from support.python_jose.differential.library import FASTJOSE, JOSE, outcome
from support.python_jose.known_differences import claims as differences_claims
from support.python_jose.known_differences import jwe as differences_jwe
from support.python_jose.known_differences import keys as differences_keys
from support.python_jose.known_differences import secrets as differences_secrets
from support.python_jose.known_differences import tokens as differences_tokens
from support.python_jose.known_differences.difference import Difference, Mismatch

if TYPE_CHECKING:
    from support.python_jose.differential.library import Call, Outcome

TABLE: tuple[Difference, ...] = tuple(
    chain(
        differences_tokens.DIFFERENCES,
        differences_secrets.DIFFERENCES,
        differences_keys.DIFFERENCES,
        differences_claims.DIFFERENCES,
        differences_jwe.DIFFERENCES,
    )
)


def find_differences(call: Call, jose: Outcome, ours: Outcome) -> list[str]:
    """Return the ids of the differences that explain the two outcomes."""
    mismatch = Mismatch(call, jose, ours)
    return [difference.id for difference in TABLE if difference.explains(mismatch)] or _differences_of_single_keys(
        mismatch
    )


def _differences_of_single_keys(mismatch: Mismatch) -> list[str]:
    """Return the differences of single keys that explain the outcome for several: rejected keys are skipped."""
    if not (mismatch.is_verifying and mismatch.has_several_keys):
        return []
    accepted = [key for key in mismatch.keys if outcome(JOSE, mismatch.with_key([key])).error is None]
    singles = [_with_single_key(mismatch, key) for key in (accepted if mismatch.effect == "rejects" else mismatch.keys)]
    if mismatch.effect == "rejects" and not all(map(_difference_ids, singles)):
        return []
    return [name for single in singles if _has_matching_effect(single, mismatch) for name in _difference_ids(single)]


def _with_single_key(mismatch: Mismatch, key: Any) -> Mismatch:
    call = mismatch.with_key(key)
    return Mismatch(call, outcome(JOSE, call), outcome(FASTJOSE, call))


def _difference_ids(mismatch: Mismatch) -> list[str]:
    return (
        find_differences(mismatch.call, mismatch.jose, mismatch.ours)
        if mismatch.jose != mismatch.ours and not mismatch.has_several_keys
        else []
    )


def _has_matching_effect(single: Mismatch, several: Mismatch) -> bool:
    """Return whether the effects match: a rejected key does not explain an accepted token."""
    return several.effect != "accepts" or single.effect == "accepts"


def render_markdown() -> str:
    """Return the Markdown of the migration page: a heading and a table for each area."""
    areas = dict.fromkeys(difference.area for difference in TABLE)
    return "\n\n".join(_render_area(area) for area in areas) + "\n"


def _render_area(area: str) -> str:
    rows = [_render_row(difference) for difference in TABLE if difference.area == area]
    return "\n".join((f"### {area}", "", "| python-jose | fastjose | why |", "|---|---|---|", *rows))


def _render_row(difference: Difference) -> str:
    cells = (difference.jose, difference.ours, difference.reason)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
