"""Where JWE is done differently than python-jose does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from difference import Difference

DIFFERENCES: tuple[Difference, ...] = ()
