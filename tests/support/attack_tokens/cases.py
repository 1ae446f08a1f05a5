"""The corpus: hostile tokens of every kind, and good ones beside them, each with what a verifier must answer.

Everything is built by code when the tests run; no token or key is stored. The kinds: `corpus_form` (the token's form),
`corpus_signatures` (signatures and keys), `corpus_claims` (claims). Times are judged at `raw_jose.NOW`.
"""

from __future__ import annotations

from itertools import chain

from support.attack_tokens import claims as corpus_claims
from support.attack_tokens import compact_form as corpus_form
from support.attack_tokens import signatures as corpus_signatures

CASES = [
    case for group in chain(corpus_form.GROUPS, corpus_signatures.GROUPS, corpus_claims.GROUPS) for case in group()
]
