"""Writes the seeds: the attack tokens of the tests, and inputs of each form that a target reads.

The keys are those of `src/keys.json`. Signatures with random numbers make each run write other seeds. The files are
kept, and written again only if a form is added.
"""

from __future__ import annotations

import json

from fuzz.runner.corpora import write_inputs
from fuzz.runner.seed_keys import create_encoded_keys, create_jwks
from fuzz.runner.seed_requests import SECRETS, create_cookies, create_documents, create_jwes, create_request_headers
from fuzz.runner.seed_tokens import create_claims, create_headers, create_signed_parts, create_tokens, signed_parts
from fuzz.runner.seed_values import KEYS, public
from fuzz.runner.targets import FUZZ


def write() -> None:
    """Write the seeds of every target."""
    token_seeds = create_tokens()
    seeds = {
        "token": [
            *(b"R" + token for token in token_seeds),
            *signed_parts(b"H"),
            *(b"P" + token for token in token_seeds),
        ],
        "verifier": [*(b"R" + token for token in token_seeds), *create_signed_parts()],
        "header": create_headers(),
        "claims": create_claims(),
        "jwk": create_jwks(),
        "pem_der": create_encoded_keys(),
        "jwe": create_jwes(),
        "cookies": create_cookies(),
        "discovery": create_documents(),
        "transport": create_request_headers(),
        "secrets": [text.encode() for text in SECRETS],
        "tokens": [*(b"R" + token for token in token_seeds), *signed_parts(b"H")],
        "keys": [json.dumps(key).encode() for key in (*KEYS, *map(public, KEYS))],
    }
    for name, inputs in seeds.items():
        write_inputs(FUZZ / "seeds" / f"{name}.txt", inputs)
