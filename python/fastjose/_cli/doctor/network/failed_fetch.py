"""What is behind a fetch of keys that has failed, and what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit
from urllib.request import getproxies

from fastjose import better_auth
from fastjose._cli.doctor.environment import reveal
from fastjose._cli.doctor.findings import Finding, find
from fastjose._cli.doctor.network.failures import CODES_OF_OTHER_PROTOCOLS, classify
from fastjose._cli.doctor.network.http_probe import Answer, Prober, show_url
from fastjose._cli.doctor.network.keys_of_issuer import (
    DOCUMENT_PATH,
    explain_no_document,
    explain_other_issuer,
    explain_url_of_keys,
    find_issuer,
)
from fastjose._cli.doctor.network.protocols import find_other_protocol
from fastjose._cli.doctor.values.network_options import check_files
from fastjose._config.names.setting_names import name_variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastjose._core import RemoteKeySet
    from fastjose.settings import AuthSettings

_KEY_PATHS = ("/api/auth/jwks", "/.well-known/jwks.json", "/jwks", "/.well-known/jwks", "/oauth2/jwks", "/auth/jwks")
_FASTAPI_NOT_FOUND = {"detail": "Not Found"}
_OK = 200
_BEHIND_PROXY = frozenset({"host_not_found", "connection_refused", "host_unreachable", "fetch_timeout"})
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_LOOPBACK_CURE = (
    "start the server, or correct host and port; in a container localhost is the container itself: set JWKS_URL to the "
    "name of the other service, such as http://auth:3000/api/auth/jwks, and JWKS_ALLOW_HTTP=1"
)


class FailedFetch:
    """A fetch that has failed. The reason is that of `RemoteKeySet`; a look at the server says more."""

    def __init__(self, key_set: RemoteKeySet, settings: AuthSettings, prober: Prober, url: str, variable: str) -> None:
        """Keep what was fetched: `variable` names `url`."""
        self._key_set, self._settings, self._prober = key_set, settings, prober
        self._url, self._variable = url, variable

    def explain(self, reason: str) -> Iterator[Finding]:
        """Yield the finding for the reason of a failure."""
        code = classify(reason.partition("; ")[0])
        problem, _, remedy = name_variables(reason).partition("; ")
        missing = check_files(self._settings) if code == "file_unreadable" else []
        if missing:
            yield from missing
            return
        text = f"{self._variable}: the keys cannot be fetched from {show_url(self._url)}: {problem}"
        explained = self._explain_protocol(code, is_bad_request=" 400" in problem) or self._explain_answer(code, text)
        if explained is not None:
            yield explained
            return
        if code in _BEHIND_PROXY and self._settings.jwks_proxy is None and _has_proxy():
            remedy = "fastjose uses no proxy unless it is named, but the environment names one: set JWKS_PROXY"
            yield find(code, text, remedy, line="JWKS_PROXY=environment")
            return
        is_local = code == "connection_refused" and (urlsplit(self._url).hostname or "") in _LOOPBACK_HOSTS
        yield find(code, text, _LOOPBACK_CURE if is_local else remedy or None)

    def _explain_protocol(self, code: str, *, is_bad_request: bool) -> Finding | None:
        """Return the finding that the server, or the proxy, speaks another protocol than that of its URL."""
        if code not in CODES_OF_OTHER_PROTOCOLS and not is_bad_request:
            return None
        proxy = reveal(self._settings.jwks_proxy)
        if proxy is None:
            return find_other_protocol(self._variable, self._url)
        return find_other_protocol("JWKS_PROXY", proxy) if code == "proxy_failed" else None

    def _explain_answer(self, code: str, text: str) -> Finding | None:
        """Return the finding after a look at what the server says, if that helps."""
        if code in {"discovery_mismatch", "no_discovery_document"}:
            return self._explain_document(text)
        if code == "no_usable_key":
            return self._explain_encryption_keys(text)
        if code not in {"not_found", "redirected", "not_a_key_set"}:
            return None
        answer = self._prober.ask(self._url)
        if answer is None:
            return None
        if code == "redirected":
            return self._explain_redirect(answer, text)
        return self._explain_other_content(code, answer, text)

    def _explain_encryption_keys(self, text: str) -> Finding | None:
        """Return the finding that the keys are for encryption alone, if they are (RFC 7517 §4.2 and §4.3)."""
        discovery = self._key_set.discovery
        answer = self._prober.ask((discovery.jwks_uri if discovery else None) or self._url)
        if answer is None or not answer.keys or not all(map(_is_for_encryption, answer.keys)):
            return None
        cure = (
            "let the issuer publish the keys with which it signs tokens (use: sig); "
            f"if they are at another URL, set {'JWKS_URL' if discovery is None else 'JWKS_URL and JWT_ISSUER'} to it"
        )
        if self._variable == "BETTER_AUTH_URL":
            cure = "set keyPairConfig of Better Auth's jwt() to an algorithm for signatures, such as EdDSA"
        return find("no_usable_key", f"{text}; the keys are for encryption, not for signatures", cure)

    def _explain_redirect(self, answer: Answer, text: str) -> Finding | None:
        if answer.location is None:
            return None
        cure = f"redirects are not followed: set the URL to which it leads, {answer.location}"
        if self._key_set.issuer is not None:
            return find("redirected", text, cure)
        if self._variable == "BETTER_AUTH_URL":
            parts = urlsplit(answer.location)
            return find("redirected", text, cure, line=f"BETTER_AUTH_URL={parts.scheme}://{parts.netloc}")
        return find("redirected", text, cure, line=f"JWKS_URL={answer.location}")

    def _explain_other_content(self, code: str, answer: Answer, text: str) -> Finding | None:
        document = answer.document
        if isinstance(document, dict) and isinstance(document.get("issuer"), str) and document.get("jwks_uri"):
            cure = "this is the discovery document: set OIDC_ISSUER to its issuer, and remove the URL"
            return find("url_of_document", text, cure, line=f"OIDC_ISSUER={show_url(document['issuer'])}")
        if document == _FASTAPI_NOT_FOUND:
            cure = f"{self._variable} leads to a FastAPI application, perhaps this one: set it to the URL of the issuer"
            return find("url_of_application", text, cure)
        found = self._explain_issuer(text) or self._explain_found_keys(code, text) or self._explain_own_keys(text)
        if found is not None:
            return found
        if answer.is_html:
            cure = "the URL leads to a page for people, such as the front end: set it to that of the issuer or its keys"
            return find("url_of_page", f"{text}; the response is a page", cure)
        if self._has_better_auth():
            cure = "add jwt() to the plugins of Better Auth; if jwksPath is set, set JWKS_URL to the URL of the keys"
            return find("no_jwt_plugin", f"{text}; Better Auth runs there, but publishes no keys", cure)
        return None

    def _explain_issuer(self, text: str) -> Finding | None:
        """Return the finding that the URL of the keys is the issuer itself, if it is."""
        issuer = find_issuer(self._prober, self._url) if self._variable == "JWKS_URL" else None
        if issuer is None:
            return None
        cure = "set OIDC_ISSUER to the issuer, whose discovery document names the keys, and remove JWKS_URL"
        return find("url_of_issuer", f"{text}; JWKS_URL is the issuer", cure, line=f"OIDC_ISSUER={issuer}")

    def _explain_found_keys(self, code: str, text: str) -> Finding | None:
        """Return the finding that the keys are at another path of the server, if they are."""
        found = self._search()
        if found is None:
            return None
        if self._variable == "BETTER_AUTH_URL" and found.endswith(_KEY_PATHS[0]):
            origin = better_auth.origin(found)
            problem = f"{text}; but Better Auth is at {origin}"
            return find(code, problem, "remove the path", line=f"BETTER_AUTH_URL={origin}")
        shown = show_url(found)
        return find(code, f"{text}; but {shown} has keys", "set JWKS_URL to it", line=f"JWKS_URL={shown}")

    def _explain_document(self, text: str) -> Finding | None:
        configured = (self._key_set.issuer or "").rstrip("/")
        answer = self._prober.ask(configured + DOCUMENT_PATH)
        document = None if answer is None else answer.document
        issuer = document.get("issuer") if isinstance(document, dict) else None
        if isinstance(document, dict) and isinstance(issuer, str):
            return explain_other_issuer(self._prober, configured, issuer, document.get("jwks_uri"))
        return explain_no_document(self._prober, configured, text, answer)

    def _search(self) -> str | None:
        """Return a URL of the same origin that has keys."""
        parts = urlsplit(self._url)
        origin = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        for path in _KEY_PATHS:
            answer = None if parts.path == path else self._prober.ask(origin + path)
            if answer is not None and answer.status == _OK and answer.keys:
                return origin + path
        answer = self._prober.ask(origin + DOCUMENT_PATH)
        document = None if answer is None else answer.document
        uri = document.get("jwks_uri") if isinstance(document, dict) else None
        return uri if isinstance(uri, str) and uri != self._url else None

    def _explain_own_keys(self, text: str) -> Finding | None:
        """Return the finding that `BETTER_AUTH_URL` is itself the URL of keys, if it is."""
        base = (self._settings.better_auth_url or "").strip()
        answer = self._prober.ask(base) if self._variable == "BETTER_AUTH_URL" else None
        if answer is None or answer.status != _OK or not answer.keys:
            return None
        return explain_url_of_keys(self._prober, self._variable, show_url(base), text)

    def _has_better_auth(self) -> bool:
        base = self._settings.better_auth_url
        answer = None if base is None else self._prober.ask(f"{better_auth.auth_base_url(base)}/ok")
        return answer is not None and answer.document == {"ok": True}


def _is_for_encryption(key: Mapping[str, Any]) -> bool:
    operations = key.get("key_ops")
    return key.get("use") == "enc" or (isinstance(operations, list) and "verify" not in operations)


def _has_proxy() -> bool:
    return not {"https", "http", "all"}.isdisjoint(getproxies())
