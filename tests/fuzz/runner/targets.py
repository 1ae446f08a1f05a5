"""The targets: how each is built and run, and what it covers."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FUZZ = Path(__file__).resolve().parents[1]
ROOT = FUZZ.parents[1]
WORK = ROOT / "target" / "fuzz"
BUILD = Path(os.environ.get("FASTJOSE_FUZZ_BUILD", WORK / "build"))
CARGO_FUZZ_VERSION = "0.13.2"
TOOLS = Path(os.environ.get("FASTJOSE_FUZZ_TOOLS", ROOT / "target" / "tools" / f"cargo-fuzz-{CARGO_FUZZ_VERSION}"))
TRIPLE = "x86_64-unknown-linux-gnu"


@dataclass(frozen=True)
class Target:
    """A target. `sources` are the files of the product that it names, relative to the folder of its language."""

    name: str
    sources: tuple[str, ...]
    is_python: bool = False
    max_bytes: int = 4096

    def program(self, build: Path = BUILD) -> list[str]:
        """Return the command that runs the target, without options."""
        if self.is_python:
            return [sys.executable, str(FUZZ / "python" / f"fuzz_{self.name}.py")]
        return [str(build / TRIPLE / "release" / self.name)]


# Without the lookups, which ask a server.
COOKIE_SOURCES = (
    "sessions/auth_js.rs",
    *(f"sessions/better_auth/{name}.rs" for name in ("cookie_names", "session_cookies", "signed_session_token")),
    *("sessions/better_auth/session_data", "transport/chunked_cookie.rs"),
)

TARGETS = (
    Target(
        "token",
        ("jws/compact.rs", "jws/critical_headers.rs", "jws/diagnosis.rs", "jws/header_cache.rs", "jws/verify.rs"),
    ),
    Target("verifier", ("jwt/verifier.rs", "jwt/waiting_token.rs", "jwt/key_origin.rs")),
    Target("header", ("jws/header_structure.rs", "encoding/json/members.rs", "jwt/header_policy.rs")),
    Target("claims", ("encoding/json", "jwt/claims", "jwt/numeric_date.rs", "jwt/user_fields.rs")),
    Target(
        "jwk",
        (
            *("keys/jwk.rs", "keys/key_set.rs", "keys/public_key.rs"),
            *("jwks/location/key_answer.rs", "jwks/location/per_kid.rs"),
        ),
    ),
    Target("pem_der", ("keys/pem_der.rs", "keys/detection.rs")),
    Target("jwe", ("jwe/compact.rs", "jwe/decrypt.rs", "jwe/compression.rs")),
    Target("cookies", COOKIE_SOURCES),
    Target("discovery", ("jwks/location/discovery_document.rs", "http/url.rs")),
    Target("transport", ("transport/authorization.rs", "transport/cookies.rs", "transport/origin_policy.rs")),
    Target("secrets", ("_config/keys/shared_secret.py",), is_python=True),
    Target("tokens", ("_core",), is_python=True),
    Target("keys", ("_core",), is_python=True),
)


def find_targets(names: list[str]) -> list[Target]:
    """Return the targets called `names`, or all."""
    known = {target.name: target for target in TARGETS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"targets must be of {', '.join(known)}, not {', '.join(unknown)}")
    return [known[name] for name in names] if names else list(TARGETS)


def environment(**variables: str) -> dict[str, str]:
    """Return the environment in which programs of this project run."""
    python_path = os.pathsep.join((str(ROOT / "python"), str(ROOT / "tests")))
    return {**os.environ, "PYTHONPATH": python_path, "RUSTC_BOOTSTRAP": "1", **variables}


def install_cargo_fuzz() -> Path:
    """Install cargo-fuzz unless it is there, and return its path."""
    program = TOOLS / "bin" / "cargo-fuzz"
    if not program.exists():
        command = ["cargo", "install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ_VERSION, "--root", str(TOOLS)]
        subprocess.run(command, check=True)  # noqa: S603
    return program


def build(targets: list[Target], root: Path = ROOT, folder: Path = BUILD) -> None:
    """Build the targets of the core, of the checkout `root`, in `folder`."""
    names = [target.name for target in targets if not target.is_python]
    program = install_cargo_fuzz()
    fuzz = ["fuzz", "build", "--sanitizer", os.environ.get("FASTJOSE_FUZZ_SANITIZER", "none")]
    fuzz += ["--fuzz-dir", str(root / "tests" / "fuzz"), "--target-dir", str(folder)]
    for arguments in [names[:1]] if len(names) == 1 else [[]] if names else []:
        subprocess.run([program, *fuzz, *arguments], check=True, cwd=root, env=environment())  # noqa: S603
