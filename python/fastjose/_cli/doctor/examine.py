"""`Examination`: every check of an application's configuration, in the order in which one builds on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._cli.doctor import configuration
from fastjose._cli.doctor.environment import read_environment
from fastjose._cli.doctor.findings import NOT_CHECKED, Fact, Finding, Report
from fastjose._cli.doctor.network.key_sets import check_key_sets
from fastjose._cli.doctor.network.stores import check_stores
from fastjose._cli.doctor.policy import check_policy, explain_plain_http
from fastjose._cli.doctor.tokens import check_token, name_issuer
from fastjose._cli.doctor.values.audience_and_origins import find_secret_audiences
from fastjose._cli.doctor.values.network_options import check_files, check_proxy
from fastjose._cli.doctor.values.unchecked import name_parts, needs_request
from fastjose._cli.doctor.variables.check import check_variables
from fastjose._cli.doctor.variables.files import compare_files
from fastjose._cli.doctor.versions import check_versions
from fastjose._cli.hiding import Hider, list_secrets
from fastjose._hints.jwt_hints import format_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastjose._cli.explain.application import Application
    from fastjose._cli.explain.explanation import Explanation
    from fastjose._cli.explain.requests import CredentialForm
    from fastjose.settings import AuthSettings

_UNAVAILABLE = frozenset({"keys_unavailable", "store_unavailable"})
"""Codes of a token that is not verified, because keys or a store do not answer. The check of the network says more."""
_UNREACHABLE = frozenset({"host_not_found", "connection_refused", "host_unreachable", "fetch_timeout"})
"""Codes of a server that does not answer, whatever it is asked."""


class Examination:
    """Examines one application: without the network, then with it, then with a token.

    Attributes:
        settings: The settings, or None if they cannot be read.
        application: The application, or None if it cannot be built.
    """

    def __init__(self, file: Path, *, is_given_file: bool = False) -> None:
        """Read the environment and `file`. `is_given_file`: other programs may read the file as well."""
        self._environment = read_environment(file)
        self._is_given_file = is_given_file
        self._report = Report()
        self.settings: AuthSettings | None = None
        self.application: Application | None = None
        self._explanation: Explanation | None = None
        self._has_failed_fetch = False

    @property
    def report(self) -> Report:
        """What was found until now, and other files with variables if there are mistakes. It contains no secret."""
        report = self._report.without_secrets(self._hider.hide)
        if report.has_mistakes and not self._is_given_file:
            report.add(compare_files(self._environment))
        return report

    @property
    def explanation(self) -> Explanation | None:
        """What `check_token` found. It contains no secret."""
        return None if self._explanation is None else self._hider.hide_in(self._explanation)

    @property
    def _hider(self) -> Hider:
        """Hides every secret of the environment, of the file, of the settings and of the files that they name."""
        audiences = [] if self.application is None or self.settings is None else find_secret_audiences(self.settings)
        return Hider([*self._environment.secrets, *list_secrets(self.settings), *audiences])

    def check_configuration(self) -> None:
        """Check what needs no network."""
        report = self._report
        report.add(check_versions())
        report.add(check_variables(self._environment, is_given_file=self._is_given_file))
        self.settings, findings = configuration.load(self._environment)
        report.add(findings)
        if self.settings is None:
            return
        unusable = list(check_proxy(self.settings))
        report.add(unusable)
        if unusable:
            return
        self.application, findings = configuration.build(self.settings)
        if self.application is None:
            findings = explain_plain_http(self.settings, findings)
        report.add(findings)
        if self.application is None:
            return
        report.add(check_files(self.settings))
        report.add(_describe(self.application, self.settings))
        report.add(check_policy(self.settings, self._environment))

    def check_network(self) -> None:
        """Fetch keys, and ask stores."""
        if self.application is not None and self.settings is not None:
            keys = [*check_key_sets(self.application, self.settings)]
            self._has_failed_fetch = any(isinstance(each, Finding) and each.severity == "error" for each in keys)
            self._report.add(_drop_repetitions([*keys, *check_stores(self.application, self.settings)]))
            if any(each.code in {"url_of_issuer", "url_of_document"} for each in self._report.findings):
                self._report.remove("profile_not_set")  # their cure is OIDC_ISSUER, which selects the profile

    def check_token(self, credential: str, form: CredentialForm | None = None) -> None:
        """Check that the application accepts a credential."""
        if self.application is not None and self.settings is not None:
            self._explanation, findings = check_token(self.application, self.settings, credential, form)
            is_known = self._explanation.code in _UNAVAILABLE and self._report.fails("error")
            is_known |= name_issuer(self._report, self._explanation, credential)
            self._report.add([] if is_known else findings)
            self._report.remove("names_of_better_auth")  # the token shows whether it is meant
            if self._explanation.is_accepted:
                self._report.remove("profile_not_set")

    def check_offline(self, token: str | None, *, has_sign_in: bool) -> None:
        """Check a token if this needs no request, and add what is not checked."""
        if self.application is None or self.settings is None:
            return
        parts = name_parts(self.application, self.settings)
        if token is not None and needs_request(self.application, token):
            parts.append("the token")
        elif token is not None:
            self.check_token(token)
        if has_sign_in:
            parts.append("the sign-in")
        if parts:
            self._report.add([Fact(NOT_CHECKED, f"{', '.join(parts)} (--offline uses no network)")])

    def add_failed_sign_in(self, finding: Finding, *, is_verdict: bool) -> None:
        """Add why a sign-in has failed, unless the failed fetch of the keys of the same server says it already."""
        if is_verdict or not self._has_failed_fetch:
            self.add(finding)

    def add(self, finding: Finding) -> None:
        """Add a finding from elsewhere."""
        self._report.add([finding])


def _drop_repetitions(found: list[Finding | Fact]) -> Iterator[Finding | Fact]:
    """Yield what was found, without the findings that a server which was asked before does not answer."""
    unreachable: set[tuple[str, str]] = set()
    for each in found:
        if isinstance(each, Finding) and each.code in _UNREACHABLE:
            cause = (each.code, each.problem.partition(": ")[0])
            if cause in unreachable:
                continue
            unreachable.add(cause)
        yield each


def _describe(application: Application, settings: AuthSettings) -> Iterator[Fact]:
    yield Fact("mode", settings.mode)
    yield Fact("credentials", ", ".join(application.credential_names))
    verifier = application.verifier
    if verifier is not None:
        yield Fact("issuers", format_names(verifier.issuers) or "not compared")
        yield Fact("audiences", format_names(verifier.audiences) or "none")
