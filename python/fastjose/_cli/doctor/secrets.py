"""Whether secrets are secret: not published, not a placeholder, not of a simple pattern."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import find
from fastjose._config.keys.configured_secrets import find_secrets
from fastjose._config.keys.published_secrets import SAMPLE_SECRETS, SECRETS_OF_DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.findings import Finding
    from fastjose.settings import AuthSettings

_MIN_SECRET_BITS = 96
_OF_OTHER_SERVER = "INTROSPECTION_CLIENT_SECRET"
_SOMETHING_ELSE = re.compile(r"https?://|eyJ[\w-]+\.[\w-]+\.[\w-]*$")
_PLACEHOLDER = re.compile(
    r"change[-_ ]?(?:me|this|it)|your[-_ ]|<[^>]*>|replace[-_ ]?(?:me|this|with)|x{6,}|\.\.\.|insert[-_ ]|to[-_ ]?do\b|"
    r"(?:super|very|my)[-_ ]?(?:super[-_ ]?)?secret|pass(?:word|phrase)|example",
    re.IGNORECASE,
)


def check_secrets(settings: AuthSettings) -> Iterator[Finding]:
    """Yield the secrets that are known, or can be guessed. An older version that only decrypts may be weak."""
    for label, secret, is_old in find_secrets(settings):
        if is_old:
            continue
        if _SOMETHING_ELSE.match(secret.strip("\"' \n")):
            yield find("not_a_secret", f"{label} is a URL or a token")
        elif secret.strip("\"' \n") in SAMPLE_SECRETS | SECRETS_OF_DOCS:
            yield find("published_secret", f"{label} is a secret from public documentation")
        elif _PLACEHOLDER.search(secret):
            yield find("placeholder_secret", f"{label} looks like the placeholder of a template")
        elif estimate_bits(secret) < _MIN_SECRET_BITS and not label.startswith(_OF_OTHER_SERVER):
            yield find("guessable_secret", f"{label} has so little variety that it can be guessed")


def estimate_bits(secret: str) -> float:
    """Return an upper bound of the entropy of a secret, from the frequencies of its characters and its repetitions."""
    count = len(secret)
    if not count:
        return 0
    period = next((size for size in range(1, count // 2 + 1) if secret == (secret[:size] * count)[:count]), count)
    steps = Counter(ord(after) - ord(before) for before, after in pairwise(secret))
    by_character, by_step = _entropy(Counter(secret)), _entropy(steps)
    return min(by_character, by_step) * period


def _entropy(counts: Counter[str] | Counter[int]) -> float:
    total = sum(counts.values())
    return -sum(count / total * math.log2(count / total) for count in counts.values()) if total else 0.0
