"""The proof by comparison: python-jose and fastjose do the same, save for what `differences` names.

`FASTJOSE_DIFFERENTIAL_EXAMPLES` is how many examples there are in all (default 24,000); given, they are drawn from a
random seed, or from `FASTJOSE_DIFFERENTIAL_SEED`, instead of being the same each time.
"""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import time_machine
from hypothesis import given, seed, settings

import differential_counts
from differences import recognised
from differential_budget import EXAMPLES, SCENARIOS, SEED, Scenario
from differential_library import FASTJOSE, JOSE, Call, outcome
from raw_jose import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
