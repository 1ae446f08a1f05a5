"""Whether the application accepts a token that it should accept, and if not, why."""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastjose._cli.doctor.environment import reveal
from fastjose._cli.doctor.findings import Fact, Finding, find
from fastjose._cli.explain.explain import explain
from fastjose._cli.explain.probes import is_signed_with
from fastjose._cli.explain.requests import CredentialForm, choose_place
from fastjose._cli.explain.unverified import read_unverified
from fastjose._config.keys.shared_secret import parse_versioned_secrets
from fastjose._config.setting_values import unquote
from fastjose._hints.url_differences import find_difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.explain.application import Application
    from fastjose._cli.explain.explanation import Explanation
    from fastjose.settings import AuthSettings

_MAX_NAME_CHARS = 200
_BASE64, _HEX = "decoded from Base64", "decoded from hex"
_IN_CODE = "build the verifier in code, with the decoded bytes: BearerAuth(Verifier(decoded, algorithms=…))"
_CURES_OF_FORMS = dict.fromkeys((_BASE64, _HEX), _IN_CODE)


def check_token(
    application: Application, settings: AuthSettings, credential: str, form: CredentialForm | None = None
) -> tuple[Explanation, list[Finding | Fact]]:
    """Return the explanation of a credential, and a finding if it is rejected."""
    explanation = explain(application, credential, choose_place(settings, form))
    if explanation.is_accepted:
        return explanation, [Fact("token", f"accepted ({explanation.credential})")]
    step = explanation.failed_step
    detail = "" if step is None else step.detail
    problem = f"the application rejects the token ({explanation.code}): {detail or explanation.detail}"
    cure = "; ".join(map(_point_to_findings, step.cures)) if step is not None else None
    line = next(_suggest_lines(explanation, settings, credential), None)
    rejected = find("token_rejected", problem, cure, line=line)
    return explanation, [rejected, *_explain_secret(explanation, settings, credential)]


def _point_to_findings(cure: str) -> str:
    """Return a cure for a reader who has run doctor already."""
    return "see the other findings" if cure.startswith("run fastjose doctor") else cure


def _explain_secret(explanation: Explanation, settings: AuthSettings, token: str) -> Iterator[Finding]:
    """Yield that the configured secret verifies the token in another form, such as without its quotes."""
    if explanation.code != "bad_signature" or settings.mode != "secret":
        return
    for label, secret in _configured_secrets(settings):
        for form, other in _other_forms(secret).items():
            if other != secret.encode() and is_signed_with(token, other, settings.shared_secret_algorithm):
                text = f"the token is signed with {label} {form}"
                cure = _CURES_OF_FORMS.get(form, f"set {label} {form}, or set the same text at the issuer")
                yield find("secret_in_other_form", text, cure)
                return


def _configured_secrets(settings: AuthSettings) -> Iterator[tuple[str, str]]:
    for name in ("jwt_secret", "better_auth_secret"):
        secret = reveal(getattr(settings, name))
        if secret is not None:
            yield name.upper(), secret
    if settings.better_auth_secrets is not None:
        for each in parse_versioned_secrets(settings.better_auth_secrets.get_secret_value()):
            yield each.label, each.value.get_secret_value()


def _other_forms(secret: str) -> dict[str, bytes]:
    """Return the forms in which an issuer may read a secret."""
    bare = unquote(secret)
    forms = {
        "without quotes and white space around it": bare.encode(),
        "with a line feed at its end": f"{bare}\n".encode(),
        "in quotes": f'"{bare}"'.encode(),
    }
    with contextlib.suppress(ValueError):
        forms[_BASE64] = base64.b64decode(
            bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4), validate=True
        )
    with contextlib.suppress(ValueError):
        forms[_HEX] = bytes.fromhex(bare)
    return forms


def _suggest_lines(explanation: Explanation, settings: AuthSettings, credential: str) -> Iterator[str]:
    """Yield the line that would let the claims of the token pass, if there is one."""
    claims = read_unverified(credential).claims
    failing = {step.name for step in explanation.steps if step.status in {"failed", "would_fail"}}
    issuer, audience = claims.get("iss"), claims.get("aud")
    audience = audience[0] if isinstance(audience, list) and audience else audience
    if failing.isdisjoint({"iss", "aud"}) or explanation.code not in {"wrong_issuer", "wrong_audience"}:
        return
    is_default = settings.issuers == [] and settings.audiences == []
    if is_default and settings.better_auth_url and _is_origin(issuer) and issuer == audience:
        yield f"BETTER_AUTH_URL={issuer}"
    if "iss" in failing and _is_name(issuer):
        variable = (
            "OIDC_ISSUER"
            if settings.mode == "oidc" and find_difference([str(issuer)], [settings.oidc_issuer or ""])
            else "JWT_ISSUER"
        )
        yield f"{variable}={issuer}"
    if "aud" in failing and _is_name(audience):
        yield f"JWT_AUDIENCE={audience}"


def _is_origin(value: object) -> bool:
    if not _is_name(value):
        return False
    try:
        parts = urlsplit(str(value))
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.path == "" and "@" not in parts.netloc


def _is_name(value: object) -> bool:
    """Return whether a claim can be written into a line of `.env`."""
    is_text = isinstance(value, str) and 0 < len(value) <= _MAX_NAME_CHARS
    return is_text and str(value).isprintable() and str(value).isascii() and not set(str(value)) & set(" \"'`$#,\\")
