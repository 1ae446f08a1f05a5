"""The corpus: attack tokens of every kind and valid tokens, each with the expected verdict.

All tokens and keys are created when the tests run. The modules are `compact_form` (the token's format), `signatures`
(signatures and keys) and `claims`. Times are validated at `jose_builder.NOW`.
"""

from __future__ import annotations

from itertools import chain

from support.tokens.attack_tokens import claims as corpus_claims
from support.tokens.attack_tokens import compact_form as corpus_form
from support.tokens.attack_tokens import signatures as corpus_signatures

CASES = [
    case for group in chain(corpus_form.GROUPS, corpus_signatures.GROUPS, corpus_claims.GROUPS) for case in group()
]
