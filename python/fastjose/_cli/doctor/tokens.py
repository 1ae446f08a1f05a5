"""Whether the application accepts a token that it should accept, and if not, why."""

from __future__ import annotations

import base64
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastjose._cli.doctor.environment import reveal
from fastjose._cli.doctor.findings import Fact, Finding, find
from fastjose._cli.doctor.network.http_probe import Prober
from fastjose._cli.doctor.network.keys_of_issuer import find_keys_url
from fastjose._cli.doctor.values.accepted_tokens import check_accepted_token, is_id_token
from fastjose._cli.explain.explain import explain
from fastjose._cli.explain.introspected import read_content
from fastjose._cli.explain.probes import is_signed_with
from fastjose._cli.explain.requests import CredentialForm, choose_place
from fastjose._cli.explain.unverified import is_writable, read_unverified
from fastjose._config.keys.shared_secret import parse_versioned_secrets
from fastjose._config.setting_values import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.findings import Report
    from fastjose._cli.explain.application import Application
    from fastjose._cli.explain.explanation import Explanation
    from fastjose._cli.explain.unverified import UnverifiedToken
    from fastjose.settings import AuthSettings

_CODES_WITH_LINE = frozenset({"wrong_issuer", "wrong_audience"})
_BASE64, _HEX = "decoded from Base64", "decoded from hex"
_IN_CODE = "build the verifier in code, with the decoded bytes: BearerAuth(Verifier(decoded, algorithms=…))"
_CURES_OF_FORMS = dict.fromkeys((_BASE64, _HEX), _IN_CODE)


def check_token(
    application: Application, settings: AuthSettings, credential: str, form: CredentialForm | None = None
) -> tuple[Explanation, list[Finding | Fact]]:
    """Return the explanation of a credential, and a finding if it is rejected."""
    explanation = explain(application, credential, choose_place(settings, form))
    if explanation.is_accepted:
        accepted = Fact("token", f"accepted ({explanation.credential})")
        token = read_unverified(credential.strip()) if explanation.credential == "jwt" else None
        return explanation, [accepted, *([] if token is None else check_accepted_token(settings, token))]
    step = explanation.failed_step
    detail = "" if step is None else step.detail
    problem = f"the application rejects the token ({explanation.code}): {detail or explanation.detail}"
    cure = "; ".join(map(_point_to_findings, step.cures)) if step is not None else None
    content = read_content(application, explanation.credential, credential.strip())
    line = next(_suggest_lines(explanation, settings, content), None)
    cure = _explain_setting(explanation, settings, content) or cure
    rejected = find("token_rejected", problem, cure, line=line)
    return explanation, [rejected, *_explain_secret(explanation, settings, credential)]


def _explain_setting(explanation: Explanation, settings: AuthSettings, content: UnverifiedToken) -> str | None:
    """Return the cure if the setting, not the token, is wrong: swapped names, or a claim that no token must have."""
    names = settings.jwt_user_id_claim
    if explanation.code == "missing_claim" and names is not None and explanation.claim == names.strip():
        return (
            f"set JWT_USER_ID_CLAIM to a claim that the tokens have, such as sub, or let the issuer add {names.strip()}"
        )
    if explanation.code != "wrong_audience" or not settings.client_ids:
        return None
    claims = content.claims
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    client = claims.get("azp") or claims.get("client_id")
    if client in settings.audiences and any(each in settings.client_ids for each in audiences):
        own = next(each for each in audiences if each in settings.client_ids)
        return f"JWT_AUDIENCE and JWT_CLIENT_ID are swapped: set JWT_AUDIENCE={own}, and JWT_CLIENT_ID={client}"
    return None


def name_issuer(report: Report, explanation: Explanation, credential: str) -> bool:
    """Name the iss of the token in the finding that a variable is the URL of keys.

    Returns:
        Whether this finding explains why the token is rejected.
    """
    found = next((each for each in report.findings if each.code == "url_of_keys"), None)
    consequences = {"wrong_issuer", "keys_unavailable"}
    if found is not None and found.problem.startswith("BETTER_AUTH_URL"):
        consequences.add("wrong_audience")  # its default is the same URL
    if found is None or found.line is None or explanation.code not in consequences:
        return False
    issuer = read_unverified(credential.strip()).claims.get("iss")
    if found.line.startswith("OIDC_ISSUER="):
        return found.line == f"OIDC_ISSUER={issuer}"
    if is_writable(issuer):
        cure = found.cure.replace("JWT_ISSUER to the iss of the tokens", f"JWT_ISSUER={issuer}")
        report.findings[report.findings.index(found)] = replace(found, cure=cure)
    return True


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


def _suggest_lines(explanation: Explanation, settings: AuthSettings, token: UnverifiedToken) -> Iterator[str]:
    """Yield the line that would let the claims of the token pass, if there is one."""
    claims = token.claims
    failing = {step.name for step in explanation.steps if step.status in {"failed", "would_fail"}}
    issuer, audience = claims.get("iss"), claims.get("aud")
    audience = audience[0] if isinstance(audience, list) and audience else audience
    if explanation.code in {"unknown_key", "bad_signature"} and settings.jwks_url and issuer in settings.issuers:
        keys_url = find_keys_url(Prober(settings, settings.jwks_url), str(issuer))
        if keys_url is not None and keys_url != settings.jwks_url.strip() and is_writable(keys_url):
            yield f"JWKS_URL={keys_url}"
    if failing.isdisjoint({"iss", "aud"}) or explanation.code not in _CODES_WITH_LINE:
        return
    is_default = settings.issuers == [] and settings.audiences == []
    if is_default and settings.better_auth_url and _is_origin(issuer) and issuer == audience:
        yield f"BETTER_AUTH_URL={issuer}"
    if "iss" in failing and is_writable(issuer):
        is_of_document = settings.mode == "oidc" and str(issuer) != settings.oidc_issuer and _is_url(issuer)
        yield f"{'OIDC_ISSUER' if is_of_document else 'JWT_ISSUER'}={issuer}"
    if "aud" in failing and is_writable(audience) and not (settings.mode == "oidc" and is_id_token(token)):
        yield f"JWT_AUDIENCE={audience}"


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _is_origin(value: object) -> bool:
    if not is_writable(value):
        return False
    try:
        parts = urlsplit(str(value))
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.path == "" and "@" not in parts.netloc
