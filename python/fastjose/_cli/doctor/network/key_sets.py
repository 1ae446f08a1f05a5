"""Whether the keys can be fetched, and fit the tokens that are expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastjose._cli.doctor.findings import Fact, Finding, find
from fastjose._cli.doctor.network.base_url import check_base_url
from fastjose._cli.doctor.network.failed_fetch import FailedFetch
from fastjose._cli.doctor.network.http_probe import Answer, Prober, show_url
from fastjose._cli.doctor.network.keys_of_issuer import DOCUMENT_PATH, base_urls, find_keys_url
from fastjose._core import MIN_SECRET_BYTES
from fastjose._hints.jwt_hints import format_names
from fastjose._hints.url_differences import find_difference
from fastjose.exceptions import JWKSetUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.explain.application import Application
    from fastjose._core import RemoteKeySet, Verifier
    from fastjose.settings import AuthSettings

_SKEW_NOTICE_SECONDS = 5
_OK = 200


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
            failed = FailedFetch(self._key_set, self._settings, self._prober, self._url, self._variable)
            yield from failed.explain(self._key_set.last_failure or "the fetch failed")
            return
        keys_url = self._key_set.discovery.jwks_uri if self._key_set.discovery else self._url
        answer = self._prober.ask(keys_url or self._url)
        yield Fact("keys", f"fetched from {show_url(keys_url or self._url)}")
        if answer is not None:
            yield from self._check_clock(answer)
            yield from self._check_keys(answer, verifier)
        if verifier is not None:
            yield from self._check_issuer(verifier)
        yield from check_base_url(self._settings, self._url)

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
        algorithms = [each.get("alg") for each in answer.keys if each.get("use") != "enc"]
        offered = {name if isinstance(name, str) else None for name in algorithms}
        if not offered or None in offered or not accepted or {*offered, *_other_names(offered)} & accepted:
            return
        names = ", ".join(sorted(filter(_is_plain, map(str, offered))))
        text = f"JWT_ALGORITHM accepts {', '.join(sorted(accepted))}, but the keys are for {names}"
        yield find("algorithm_without_key", text, "remove JWT_ALGORITHM, or set it to the algorithm of the keys")

    def _check_issuer(self, verifier: Verifier) -> Iterator[Finding]:
        """Compare the accepted issuers with the discovery document of the server of the keys, if there is one."""
        discovery = self._key_set.discovery
        if discovery is not None:
            if verifier.issuers and discovery.issuer not in verifier.issuers:
                yield _describe_mismatch(discovery.issuer, verifier.issuers)
            return
        if self._settings.better_auth_url is not None and self._settings.accepted_profile == "api":
            return
        for base in base_urls(self._url):
            answer = self._prober.ask(base + DOCUMENT_PATH)
            document = None if answer is None or answer.status != _OK else answer.document
            if not isinstance(document, dict) or not _is_same_path(document.get("jwks_uri"), self._url):
                continue
            issuer = document.get("issuer")
            if isinstance(issuer, str) and verifier.issuers and issuer not in verifier.issuers:
                yield self._describe_other_issuer(issuer, verifier.issuers)
            return

    def _describe_other_issuer(self, issuer: str, accepted: list[str]) -> Finding:
        """Return that keys are those of another issuer, or that the accepted one is misspelled."""
        if find_difference([issuer], accepted) is None and len(accepted) == 1 and accepted[0] != issuer:
            keys_url = find_keys_url(self._prober, accepted[0])
            if keys_url is not None and keys_url != self._url:
                text = f"JWKS_URL has the keys of {show_url(issuer)}, but JWT_ISSUER is {format_names(accepted)}"
                cure = "set JWKS_URL to the keys of the accepted issuer"
                return find("issuer_mismatch", text, cure, line=f"JWKS_URL={keys_url}")
        return _describe_mismatch(issuer, accepted)


def _describe_mismatch(issuer: str, accepted: list[str]) -> Finding:
    difference = find_difference([issuer], accepted)
    how = {"slash": ", only by a slash at the end", "scheme": ", by http and https"}.get(difference or "", "")
    text = (
        f"the accepted issuer {format_names(accepted)} differs from {show_url(issuer)} in the discovery document{how}"
    )
    cure = "set JWT_ISSUER to the issuer of the document, to the letter"
    return find("issuer_mismatch", text, cure, line=f"JWT_ISSUER={show_url(issuer)}")


def _is_same_path(url: object, other: str) -> bool:
    """Return whether two URLs have the same path: the hosts may be a public and an internal one."""
    try:
        return isinstance(url, str) and urlsplit(url).path == urlsplit(other).path
    except ValueError:
        return False


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
