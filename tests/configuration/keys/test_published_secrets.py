"""The secrets of the documentation are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fastjose._config.keys.published_secrets import DEFAULT_SECRETS, SAMPLE_SECRETS, SECRETS_OF_DOCS
from fastjose._core import MIN_SECRET_BYTES
from fastjose.exceptions import ConfigurationError
from fastjose.fastapi import BearerAuth, CredentialAuth
from fastjose.settings import load_settings
from support.documentation.blocks.markdown import PAGES, read_page
from support.environment.fresh_import import set_environment

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "python" / "fastjose" / "_cli" / "init").rglob("*"))
MIN_SECRET_CHARS = 20
ASSIGNED = re.compile(r"""(?:SECRETS?\s*=|\bsecrets?=\[?|Key\()\s*["']?([\w:,+/=.-]{20,})""")


def published() -> set[str]:
    """Return the secrets in the blocks of the documentation, and in what `fastjose init` writes."""
    texts = [block.code for page in PAGES if "internals" not in page for block in read_page(page)]
    texts += [path.read_text(encoding="utf-8") for path in TEMPLATES if path.suffix in {".py", ".txt", ".env"}]
    found = (value for text in texts for value in ASSIGNED.findall(text))
    parts = {part.partition(":")[2] or part for value in found for part in value.split(",")}
    return {part for part in parts if "." not in part and len(part) >= MIN_SECRET_CHARS}


def test_every_secret_of_the_documentation_is_known() -> None:
    assert published() - DEFAULT_SECRETS - SAMPLE_SECRETS - SECRETS_OF_DOCS == set()
    assert {
        "a-secret-of-the-issuer-with-at-least-32-characters",
        "the-secret-of-your-better-auth-server",
    } <= published()


OPAQUE = {
    "JWT_CREDENTIALS": "opaque",
    "INTROSPECTION_URL": "https://id.acme.test/introspect",
    "INTROSPECTION_CLIENT_ID": "api",
    "JWT_AUDIENCE": "api",
}
STORED = {"JWT_CREDENTIALS": "session", "BETTER_AUTH_URL": "https://app.acme.test"}


@pytest.mark.parametrize("secret", sorted(each for each in SECRETS_OF_DOCS if len(each) >= MIN_SECRET_BYTES["HS256"]))
@pytest.mark.parametrize(
    ("variable", "others"),
    [
        ("JWT_SECRET", {}),
        ("BETTER_AUTH_SECRET", {}),
        ("BETTER_AUTH_SECRET", STORED),
        ("BETTER_AUTH_SECRETS", {}),
        ("INTROSPECTION_CLIENT_SECRET", OPAQUE),
    ],
)
def test_secret_of_the_documentation_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, others: dict[str, str], secret: str
) -> None:
    value = f"1:{secret}" if variable == "BETTER_AUTH_SECRETS" else secret
    set_environment(monkeypatch, tmp_path, {**others, variable: value})
    auth = CredentialAuth if others else BearerAuth
    with pytest.raises(ConfigurationError, match="must not be a secret from public documentation") as caught:
        auth.from_environment(_settings=load_settings())
    assert caught.value.code == "published_secret"
    assert caught.value.variable == variable
    assert secret not in str(caught.value)


def test_secret_of_the_documentation_is_accepted_in_development(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = {"JWT_SECRET": "a-secret-of-the-issuer-with-at-least-32-characters", "ENVIRONMENT": "development"}
    set_environment(monkeypatch, tmp_path, environment)
    BearerAuth.from_environment()
