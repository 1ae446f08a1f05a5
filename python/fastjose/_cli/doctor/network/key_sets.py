"""Whether the keys can be fetched, and fit the tokens that are expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from fastjose import better_auth
from fastjose._cli.doctor.findings import Fact, Finding, find
from fastjose._cli.doctor.network.failures import classify
from fastjose._cli.doctor.network.http_probe import Answer, Prober, show_url
from fastjose._core import MIN_SECRET_BYTES
from fastjose._hints.jwt_hints import format_names
from fastjose._hints.url_differences import find_difference
from fastjose.exceptions import JWKSetUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.explain.application import Application
    from fastjose._core import RemoteKeySet, Verifier
    from fastjose.settings import AuthSettings

_DOCUMENT_PATH = "/.well-known/openid-configuration"
_KEY_PATHS = ("/api/auth/jwks", "/.well-known/jwks.json", "/jwks", "/.well-known/jwks", "/oauth2/jwks")
_FASTAPI_NOT_FOUND = {"detail": "Not Found"}
_SKEW_NOTICE_SECONDS = 5
_OK = 200
_LOOPBACK_CURE = (
    "start the server, or correct host and port; in a container localhost is the container itself: set JWKS_URL to the "
    "name of the other service, such as http://auth:3000/api/auth/jwks, and JWKS_ALLOW_HTTP=1"
)


def check_key_sets(application: Application, settings: AuthSettings) -> Iterator[Finding | Fact]:
    """Fetch each key set of the application, and yield what is wrong with it."""
    verifier = application.verifier
    for key_set in [] if verifier is None else verifier.remote_key_sets:
        if settings.mode == "alb":
            continue  # each key has a URL of its own, which only a token names
        yield from _KeySetExamination(key_set, settings).run(verifier)


class _KeySetExamination:
    """Examines one key set."""

    def __init__(self, key_set: RemoteKeySet, settings: AuthSettings) -> None:
        self._key_set, self._settings = key_set, settings
        self._url = _find_url(key_set, settings)
        self._prober = Prober(settings, self._url)
        self._variable = _find_variable(key_set, settings)

    def run(self, verifier: Verifier | None) -> Iterator[Finding | Fact]:
        try:
            self._key_set.fetch()
        except JWKSetUnavailableError:
            yield from self._explain_failure(self._key_set.last_failure or "the fetch failed")
            return
        document_url = self._key_set.issuer and self._url
        keys_url = self._key_set.discovery.jwks_uri if self._key_set.discovery else self._url
        answer = self._prober.ask(keys_url or self._url)
        yield Fact("keys", f"fetched from {show_url(keys_url or self._url)}")
        if answer is not None:
            yield from self._check_clock(answer)
            yield from self._check_keys(answer, verifier)
        if not document_url and verifier is not None:
            yield from self._check_issuer(verifier)

    def _explain_failure(self, reason: str) -> Iterator[Finding]:
        problem, _, remedy = reason.partition("; ")
        code = classify(problem)
        text = f"{self._variable}: the keys cannot be fetched from {show_url(self._url)}: {problem}"
        explained = self._explain_answer(code, text)
        if explained is not None:
            yield explained
            return
        is_local = code == "connection_refused" and (urlsplit(self._url).hostname or "") in {
            "localhost",
            "127.0.0.1",
            "::1",
        }
        yield find(code, text, _LOOPBACK_CURE if is_local else remedy or None)

    def _explain_answer(self, code: str, text: str) -> Finding | None:
        """Return the finding after a look at what the server says, if that helps."""
        if code in {"discovery_mismatch", "no_discovery_document"}:
            return self._explain_document(text)
        if code not in {"not_found", "redirected", "not_a_key_set"}:
            return None
        answer = self._prober.ask(self._url)
        if answer is None:
            return None
        if code == "redirected":
            return self._explain_redirect(answer, text)
        return self._explain_other_content(code, answer, text)

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
        found = self._search()
        if found is not None:
            return find(
                code,
                f"{text}; but {show_url(found)} has keys",
                "set JWKS_URL to it",
                line=f"JWKS_URL={show_url(found)}",
            )
        if answer.is_html:
            cure = "the URL leads to a page for people, such as the front end: set it to that of the issuer or its keys"
            return find("url_of_page", f"{text}; the response is a page", cure)
        if self._has_better_auth():
            cure = "add jwt() to the plugins of Better Auth; if jwksPath is set, set JWKS_URL to the URL of the keys"
            return find("no_jwt_plugin", f"{text}; Better Auth runs there, but publishes no keys", cure)
        return None

    def _explain_document(self, text: str) -> Finding | None:
        configured = (self._key_set.issuer or "").rstrip("/")
        answer = self._prober.ask(configured + _DOCUMENT_PATH)
        document = None if answer is None else answer.document
        issuer = document.get("issuer") if isinstance(document, dict) else None
        if not isinstance(issuer, str):
            return (
                None
                if answer is None or not answer.is_html
                else find(
                    "url_of_page",
                    f"{text}; the response is a page",
                    "set OIDC_ISSUER to the issuer, which has a discovery document",
                )
            )
        problem = f"OIDC_ISSUER is not the issuer {show_url(issuer)} in its discovery document, to the letter"
        return find("discovery_mismatch", problem, line=f"OIDC_ISSUER={show_url(issuer)}")

    def _search(self) -> str | None:
        """Return a URL of the same origin that has keys."""
        parts = urlsplit(self._url)
        origin = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        for path in _KEY_PATHS:
            answer = None if parts.path == path else self._prober.ask(origin + path)
            if answer is not None and answer.status == _OK and answer.keys:
                return origin + path
        answer = self._prober.ask(origin + _DOCUMENT_PATH)
        document = None if answer is None else answer.document
        uri = document.get("jwks_uri") if isinstance(document, dict) else None
        return uri if isinstance(uri, str) and uri != self._url else None

    def _has_better_auth(self) -> bool:
        base = self._settings.better_auth_url
        answer = None if base is None else self._prober.ask(f"{better_auth.auth_base_url(base)}/ok")
        return answer is not None and answer.document == {"ok": True}

    def _check_clock(self, answer: Answer) -> Iterator[Finding | Fact]:
        skew = answer.skew_seconds
        if skew is None:
            return
        if abs(skew) <= max(self._settings.jwt_leeway_seconds, _SKEW_NOTICE_SECONDS):
            yield Fact("clock", "agrees with that of the server")
            return
        direction = "behind" if skew > 0 else "ahead of"
        yield find(
            "clock_skew",
            f"the clock of this machine is {abs(skew):.0f} s {direction} that of {answer.url.split('/')[2]}",
        )

    def _check_keys(self, answer: Answer, verifier: Verifier | None) -> Iterator[Finding]:
        if not answer.keys and isinstance(answer.document, dict) and "keys" in answer.document:
            yield find("empty_key_set", f"{self._variable}: the key set at {answer.url} is empty")
            return
        skipped = self._key_set.skipped_keys
        if skipped:
            yield find("skipped_keys", f"some keys cannot be used: {' '.join(skipped[:5])}")
        accepted = set() if verifier is None else {name for name in verifier.algorithms if name not in MIN_SECRET_BYTES}
        offered = {each.get("alg") for each in answer.keys if each.get("use") != "enc"}
        if not offered or None in offered or not accepted or {*offered, *_other_names(offered)} & accepted:
            return
        names = ", ".join(sorted(filter(_is_plain, map(str, offered))))
        text = f"JWT_ALGORITHM accepts {', '.join(sorted(accepted))}, but the keys are for {names}"
        yield find("algorithm_without_key", text, "remove JWT_ALGORITHM, or set it to the algorithm of the keys")

    def _check_issuer(self, verifier: Verifier) -> Iterator[Finding]:
        """Compare the accepted issuers with the discovery document of the server of the keys, if there is one."""
        if self._settings.better_auth_url is not None and self._settings.accepted_profile == "api":
            return
        for base in _base_urls(self._url):
            answer = self._prober.ask(base + _DOCUMENT_PATH)
            document = None if answer is None or answer.status != _OK else answer.document
            if not isinstance(document, dict) or document.get("jwks_uri") != self._url:
                continue
            issuer = document.get("issuer")
            if isinstance(issuer, str) and verifier.issuers and issuer not in verifier.issuers:
                yield _describe_mismatch(issuer, verifier.issuers)
            return


def _describe_mismatch(issuer: str, accepted: list[str]) -> Finding:
    difference = find_difference([issuer], accepted)
    how = {"slash": ", only by a slash at the end", "scheme": ", by http and https"}.get(difference or "", "")
    text = (
        f"the accepted issuer {format_names(accepted)} differs from {show_url(issuer)} in the discovery document{how}"
    )
    cure = "set JWT_ISSUER to the issuer of the document, to the letter"
    return find("issuer_mismatch", text, cure, line=f"JWT_ISSUER={show_url(issuer)}")


def _base_urls(url: str) -> Iterator[str]:
    """Yield the origin of a URL and the beginnings of its path, at most four, the longest first."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    for count in range(min(len(segments), 4), -1, -1):
        yield urlunsplit((parts.scheme, parts.netloc, "/".join(["", *segments[:count]]), "", ""))


def _other_names(offered: set[Any]) -> set[str]:
    """Return the other name of EdDSA and of Ed25519 (RFC 9864 §2.2)."""
    return {{"EdDSA": "Ed25519", "Ed25519": "EdDSA"}.get(str(name), "") for name in offered}


def _is_plain(name: str) -> bool:
    return name.isalnum() and len(name) < 16  # noqa: PLR2004 - no name of an algorithm is longer


def _find_url(key_set: RemoteKeySet, settings: AuthSettings) -> str:
    return (settings.jwks_url or "").strip() or key_set.url if key_set.issuer is None else key_set.url


def _find_variable(key_set: RemoteKeySet, settings: AuthSettings) -> str:
    if key_set.issuer is not None:
        return "OIDC_ISSUER"
    return "JWKS_URL" if settings.jwks_url else "BETTER_AUTH_URL"
