"""`fastjose jwks`: the public keys of files, as a JWK Set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fastjose._cli.errors import CommandError
from fastjose._cli.inputs import read_text
from fastjose._cli.output import print_json
from fastjose._cli.signing.algorithms import check_algorithm
from fastjose._cli.signing.key_files import MAX_KEYS, parse_keys


def print_key_set(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            show_default=False,
            readable=False,
            help="Files with keys. Without any: standard input.",
        ),
    ] = None,
    *,
    algorithm: Annotated[
        str | None,
        typer.Option("--algorithm", "-a", metavar="NAME", help="The alg of each key, such as RS256 or PS256 for RSA."),
    ] = None,
    kid: Annotated[
        str | None, typer.Option("--kid", metavar="TEXT", help="The key ID, if there is one key without an own one.")
    ] = None,
) -> None:
    """Print the public keys of one or more files as a JWK Set (RFC 7517), which a server may publish.

    A file contains a private or public key in PEM, a certificate, a JWK or a JWK Set. The output has no private member,
    and a shared secret is refused. The kid of a key without one is its thumbprint (RFC 7638). The alg follows from the
    curve. An RSA key has an alg only if --algorithm or its JWK names it.

    The output is always JSON: {"keys": […]}.
    """
    name = None if algorithm is None else check_algorithm(algorithm)
    sources: list[Path | None] = [*files] if files else [None]
    keys = [key for file in sources for key in parse_keys(read_text(file, "key"), str(file or "the input"))]
    if kid is not None and len(keys) != 1:
        raise CommandError("--kid must be left out if there are several keys: each has its own kid")
    print_json({"keys": _remove_repeated([key.to_public_jwk(name, kid) for key in keys])})


def _remove_repeated(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the keys, each once.

    Raises:
        CommandError: Two different keys have one `kid`, or the set is too large.
    """
    unique = [key for index, key in enumerate(keys) if key not in keys[:index]]
    if len({key["kid"] for key in unique}) < len(unique):
        raise CommandError("each key must have its own kid: two different keys have the same one")
    if len(unique) > MAX_KEYS:
        raise CommandError(f"the JWK Set must have at most {MAX_KEYS:,} keys")
    return unique
