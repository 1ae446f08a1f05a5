"""The compared applications: each with its environment, and how its library documents remote keys."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from end_to_end.load.tokens import AUDIENCE, ISSUER, Kind

PACKAGE = Path(__file__).parents[3] / "python"
APPS = "end_to_end.load.apps"
REASONS = {
    Kind.EXPIRED: "Token has expired",
    Kind.FORGED: "Invalid token: Signature verification failed.",
    Kind.UNKNOWN_KEY: "Invalid token: No key matches the token.",
    Kind.GARBAGE: "Invalid token: Not enough segments",
}
"""The reason of fastjose for each kind: no token is refused for another reason than its own."""


@dataclass(frozen=True)
class Candidate:
    """A library and an application that uses it.

    Attributes:
        name: The name of the library on PyPI.
        application: The application, for uvicorn.
        keys: Where it has the keys from.
        reasons: The reason in the response to each kind of bad token, if it is checked.
        cooldown_seconds: The time between fetches for unknown keys; the default of the library if it is empty.
        has_default_collector: Whether the garbage collector has CPython's defaults.
    """

    name: str
    application: str
    keys: str
    reasons: tuple[tuple[Kind, str], ...] = ()
    cooldown_seconds: str = ""
    has_default_collector: bool = False

    @property
    def label(self) -> str:
        """The name in the table."""
        cooldown = f", cooldown {self.cooldown_seconds} s" if self.cooldown_seconds else ""
        return self.name + cooldown + (", default collector" if self.has_default_collector else "")

    @property
    def is_installed(self) -> bool:
        """Whether this interpreter has the library."""
        return importlib.util.find_spec(self.name.replace("python-jose", "jose").replace("PyJWT", "jwt")) is not None

    def version(self) -> str:
        """Return the version of the library."""
        return version(self.name) if self.name != "fastjose" else _read_version()

    def environment(self, jwks_url: str) -> dict[str, str]:
        """Return the environment of the application."""
        return {
            "PYTHONPATH": str(PACKAGE),
            "FASTJOSE_TELEMETRY": "off",
            "JWKS_URL": jwks_url,
            "JWT_ISSUER": ISSUER,
            "JWT_AUDIENCE": AUDIENCE,
            "JWT_PROFILE": "oidc",
            "LOAD_JWKS_URL": jwks_url,
            "LOAD_ISSUER": ISSUER,
            "LOAD_AUDIENCE": AUDIENCE,
            "LOAD_COOLDOWN_SECONDS": self.cooldown_seconds,
            "LOAD_DEFAULT_COLLECTOR": "1" if self.has_default_collector else "",
        }


def _read_version() -> str:
    sys.path.append(str(PACKAGE))
    import fastjose  # noqa: PLC0415 - the package of this tree, which need not be installed

    return fastjose.__version__


FASTJOSE = Candidate("fastjose", f"{APPS}.app_fastjose:app", "`JWKS_URL`", tuple(REASONS.items()))
PEERS = [
    replace(FASTJOSE, has_default_collector=True),
    Candidate("python-jose", f"{APPS}.app_python_jose:app", "fetched by the application for an unknown `kid`"),
    *(
        Candidate(name, f"{APPS}.app_{name.lower()}:app", f"`{client}`", cooldown_seconds=seconds)
        for name, client in (("PyJWT", "PyJWKClient"), ("ryjwt", "JWKSClient"))
        for seconds in ("", "1")
    ),
]
"""PyJWT and ryjwt fetch a set for an unknown `kid` every 30 seconds at most, fastjose every second: hence both."""
