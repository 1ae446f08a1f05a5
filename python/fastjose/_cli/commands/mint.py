"""`fastjose mint`: a signed token for development."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fastjose import jwt
from fastjose._cli.errors import CommandError
from fastjose._cli.output import JsonOutput, print_json, print_raw
from fastjose._cli.signing.algorithms import check_algorithm
from fastjose._cli.signing.arguments import parse_claims, parse_lifetime, sign
from fastjose._cli.signing.environment import adopt_settings, issuer_of_environment, load_development_settings
from fastjose._cli.signing.key_issuer import issuer_of_file


def mint_token(
    *,
    user_id: Annotated[str, typer.Option("--user-id", "-u", metavar="TEXT", help="The sub, and the id.")] = "user-1",
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", "-c", metavar="NAME=VALUE", help="A further claim; may be repeated. JSON, or a text."),
    ] = None,
    expires_in: Annotated[
        str, typer.Option("--expires-in", metavar="DURATION", help="900, 15m, 2h, 7d; -1h for an expired token.")
    ] = "15m",
    omit: Annotated[
        list[str] | None, typer.Option("--omit", metavar="NAME", help="A claim to leave out; may be repeated.")
    ] = None,
    issuer: Annotated[
        str | None, typer.Option("--issuer", metavar="URL", help="The iss. By default what the environment accepts.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option("--audience", metavar="TEXT", help="The aud. By default what the environment accepts.")
    ] = None,
    typ: Annotated[
        str | None, typer.Option("--typ", metavar="TEXT", help="The typ of the header, such as at+jwt.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            "-k",
            metavar="PATH",
            readable=False,
            help="A file with a private key (PEM, JWK), or with a secret.",
        ),
    ] = None,
    algorithm: Annotated[
        str | None, typer.Option("--algorithm", "-a", metavar="NAME", help="By default that of the key.")
    ] = None,
    kid: Annotated[
        str | None, typer.Option("--kid", metavar="TEXT", help="The kid of the header. By default that of the key.")
    ] = None,
    as_json: JsonOutput = False,
) -> None:
    """Sign a token for development, and print it.

    The key is that of --key, or the secret of the application: BETTER_AUTH_SECRET, or JWT_SECRET, in the environment or
    in .env. The token has what the application requires of iss, aud, typ and claims, as its environment says.

    The command refuses to run if ENVIRONMENT is set to anything but development, dev, local, test, testing or ci.
    """
    settings = load_development_settings()
    name = None if algorithm is None else check_algorithm(algorithm)
    if key is None:
        if name is not None:
            raise CommandError("--algorithm requires --key: without it, JWT_ALGORITHM of the environment counts")
        signer, key_id = issuer_of_environment(settings), None
    else:
        signer, key_id = issuer_of_file(key, name)
        adopt_settings(signer, settings)
    signer.url, signer.audience, signer.typ = issuer or signer.url, audience or signer.audience, typ or signer.typ
    signer.claims = {**signer.claims, **parse_claims(claim or [])}
    header = {"kid": kid or key_id} if kid or key_id else {}
    token = sign(signer, user_id, parse_lifetime(expires_in), omit or [], header)
    if as_json:
        content = {"header": jwt.get_unverified_header(token), "claims": jwt.get_unverified_claims(token)}
        print_json({"token": token, **content})
    else:
        print_raw(token)
