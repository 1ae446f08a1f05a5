"""`fastjose keygen`: a new key."""

from __future__ import annotations

import json
from concurrent.futures import Future
from enum import Enum
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fastjose._cli.errors import CommandError
from fastjose._cli.output import JsonOutput, print_hint, print_json, print_raw, show_progress
from fastjose._cli.signing.algorithms import check_algorithm
from fastjose._cli.signing.key_files import write_new_file
from fastjose._cli.signing.loaded_key import LoadedKey
from fastjose._core import MIN_SECRET_BYTES, KeyMaterial
from fastjose._key_generation import MIN_RSA_BITS, create_private_pem, create_secret

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_RSA_BITS = 8_192


class KeyFormat(str, Enum):
    """The form of a private key."""

    PEM = "pem"
    JWK = "jwk"


def generate_key(
    algorithm: Annotated[
        str,
        typer.Argument(metavar="[ALGORITHM]", show_default=False, help="EdDSA (the default), ES256, RS256, HS256 …"),
    ] = "EdDSA",
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            readable=False,
            help="Write the key to this new file (mode 0600), not to the screen.",
        ),
    ] = None,
    key_format: Annotated[
        KeyFormat,
        typer.Option("--format", help="PEM (PKCS #8), or a JWK with kid and alg. A secret in pem is plain text."),
    ] = KeyFormat.PEM,
    kid: Annotated[
        str | None,
        typer.Option("--kid", metavar="TEXT", help="The kid of a JWK. By default the thumbprint of RFC 7638."),
    ] = None,
    bits: Annotated[int, typer.Option("--bits", metavar="NUMBER", help="The length of an RSA key.")] = MIN_RSA_BITS,
    as_json: JsonOutput = False,
) -> None:
    """Make a new private key, or a shared secret for HS256, HS384 and HS512.

    The key is printed, or written to a new file that only you can read. A file is never overwritten. Print the public
    keys of the file with `fastjose jwks`, and sign development tokens with `fastjose mint --key`.
    """
    name = check_algorithm(algorithm)
    if not MIN_RSA_BITS <= bits <= _MAX_RSA_BITS:
        raise CommandError(f"--bits must be from {MIN_RSA_BITS} to {_MAX_RSA_BITS}")
    if kid is not None and key_format is KeyFormat.PEM:
        raise CommandError("--kid requires --format jwk, because PEM has no place for it")
    text, key = _create_key(name, bits, kid)
    private: str | dict[str, Any] = text if key_format is KeyFormat.PEM else _to_private_jwk(key, name)
    if output is not None:
        write_new_file(output, _to_text(private))
    if as_json:
        print_json(_describe(key, name, private, output))
    elif output is None:
        print_raw(_to_text(private))
    else:
        print_hint(f"wrote {output}, for {name}" + (f", kid {_find_kid(key)}" if _find_kid(key) else ""))


def _create_key(algorithm: str, bits: int, kid: str | None) -> tuple[str, LoadedKey]:
    """Return a new key as text, and loaded."""
    if algorithm in MIN_SECRET_BYTES:
        secret = create_secret(algorithm)
        return secret, LoadedKey(KeyMaterial(secret, "oct"), kid, algorithm)
    try:
        with show_progress("Searching for primes"):
            pem = _call_in_thread(lambda: create_private_pem(algorithm, bits))
    except ModuleNotFoundError as missing:
        raise CommandError(str(missing)) from None
    return pem, LoadedKey(KeyMaterial(pem, "RSA"), kid, algorithm)


def _call_in_thread(function: Callable[[], str]) -> str:
    """Return the result of `function`, which no signal interrupts: Ctrl-C ends the wait for it, and the process."""
    future: Future[str] = Future()

    def call() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 - the caller of `result` gets it
            future.set_exception(error)

    Thread(target=call, daemon=True).start()
    return future.result()


def _find_kid(key: LoadedKey) -> str | None:
    """Return the id: a secret has none by default, because its thumbprint would let an attacker test guesses."""
    if key.is_secret:
        return key.kid
    return str(key.to_public_jwk()["kid"])


def _to_private_jwk(key: LoadedKey, algorithm: str) -> dict[str, Any]:
    kid = _find_kid(key)
    return {**key.material.to_jwk(), **({"kid": kid} if kid else {}), "use": "sig", "alg": algorithm}


def _to_text(private: str | dict[str, Any]) -> str:
    text = private if isinstance(private, str) else json.dumps(private, indent=2)
    return text if text.endswith("\n") else f"{text}\n"


def _describe(key: LoadedKey, algorithm: str, private: str | dict[str, Any], output: Path | None) -> dict[str, Any]:
    return {
        "algorithm": algorithm,
        "kid": _find_kid(key),
        "path": None if output is None else str(output),
        "key": private if output is None else None,
        "public_jwk": None if key.is_secret else key.to_public_jwk(),
    }
