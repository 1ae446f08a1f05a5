"""`fastjose doctor`: find the mistakes in the configuration of an application."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from fastjose._cli.commands.explain import format_explanation, read_credential
from fastjose._cli.configuration import EnvFile, check_env_file, report_configuration_errors
from fastjose._cli.errors import CommandError
from fastjose._cli.exit_codes import NEGATIVE
from fastjose._cli.output import JsonOutput, escape, print_json, print_text, show_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.examine import Examination
    from fastjose._cli.doctor.findings import Finding, Report

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_PASSWORD_VARIABLE = "FASTJOSE_SIGN_IN_PASSWORD"  # noqa: S105 - its name


def examine_application(
    *,
    env_file: EnvFile = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            metavar="PATH",
            readable=False,
            help="Verify the token in this file, too; - is standard input.",
        ),
    ] = None,
    sign_in: Annotated[
        str | None,
        typer.Option(
            "--sign-in",
            metavar="EMAIL",
            help=f"Sign in to Better Auth, and verify its token. The password is {_PASSWORD_VARIABLE}, or asked for.",
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Use no network.")] = False,
    fail_on: Annotated[
        Literal["error", "warning"],
        typer.Option("--fail-on", help="The least severity that makes the exit status 1."),
    ] = "warning",
    as_json: JsonOutput = False,
) -> None:
    """Find the mistakes in the configuration of the application in the working directory, and say what to change.

    The environment and .env are read as fastjose.auth reads them. Then the discovery document and the keys are fetched,
    and stores of sessions are asked about a session that does not exist. Nothing is changed, and no secret is printed.

    The exit status is 0 if no mistake was found, and 1 if one was. Notes are not mistakes; with --fail-on error,
    warnings do not count either.
    """
    path = check_env_file(env_file)
    token = None if token_file is None else read_credential(token_file)
    examination = _start(path, is_given_file=env_file is not None)
    if offline:
        examination.check_offline(token, has_sign_in=sign_in is not None)
    else:
        _check_online(examination, sign_in, token)
    _print(examination, as_json=as_json)
    if examination.report.fails(fail_on):
        raise typer.Exit(NEGATIVE)


def _check_online(examination: Examination, sign_in: str | None, token: str | None) -> None:
    with show_progress("Fetching keys and asking stores …"):
        examination.check_network()
    if sign_in is not None:
        _sign_in(examination, sign_in)
    if token is not None:
        with show_progress("Verifying the token …"):
            examination.check_token(token)


def _start(path: Path, *, is_given_file: bool) -> Examination:
    with report_configuration_errors():
        from fastjose._cli.doctor.examine import Examination  # noqa: PLC0415 - it requires FastAPI

        examination = Examination(path, is_given_file=is_given_file)
        examination.check_configuration()
        return examination


def _sign_in(examination: Examination, email: str) -> None:
    from fastjose._cli.doctor.network.sign_in import SignInFailedError, find_base_url, sign_in  # noqa: PLC0415 - as above

    settings = examination.settings
    if examination.application is None or settings is None:
        return
    base_url = find_base_url(settings)
    if base_url is None:
        raise CommandError("--sign-in requires BETTER_AUTH_URL: set it to the base URL of Better Auth")
    password = _read_password()
    try:
        with show_progress("Signing in …"), sign_in(settings, base_url, email, password) as credential:
            if credential.finding is not None:
                examination.add(credential.finding)
            examination.check_token(credential.text, credential.form)
            _name_untried(examination)
    except SignInFailedError as failure:
        examination.add_failed_sign_in(failure.finding, is_verdict=failure.is_verdict)


def _name_untried(examination: Examination) -> None:
    """Add a note about the kinds of credential that the sign-in does not try."""
    from fastjose._cli.doctor.findings import find  # noqa: PLC0415 - as above

    application, explanation = examination.application, examination.explanation
    if application is None or explanation is None:
        return
    others = [name for name in application.credential_names if name != explanation.credential]
    if others:
        text = f"the sign-in tried a credential of the kind {explanation.credential}, not: {', '.join(others)}"
        examination.add(find("credentials_not_tried", text))


def _read_password() -> str:
    password = os.environ.get(_PASSWORD_VARIABLE)
    if password:
        return password
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandError(f"the password must be in the variable {_PASSWORD_VARIABLE}, or typed on a terminal")
    return getpass.getpass("Password: ", sys.stderr)


def _print(examination: Examination, *, as_json: bool) -> None:
    report, explanation = examination.report, examination.explanation
    if as_json:
        facts = {fact.name: fact.value for fact in report.facts}
        findings = [asdict(finding) for finding in report.findings]
        token = None if explanation is None else asdict(explanation)
        print_json({"has_mistakes": report.has_mistakes, "findings": findings, "facts": facts, "token": token})
        return
    print_text(*_format_report(report))
    if explanation is None and examination.application is not None and not report.has_mistakes:
        print_text(Text("No credential was tried: pass --sign-in or --token-file."))
    if explanation is not None and not explanation.is_accepted:
        print_text(Text(), *format_explanation(explanation, has_cures=False))


def _format_report(report: Report) -> Iterator[Text]:
    from fastjose._cli.doctor.findings import NOT_CHECKED  # noqa: PLC0415 - as above

    for fact in report.facts:
        mark = ("– ", "cyan") if fact.name == NOT_CHECKED else ("✓ ", "green")
        yield Text.assemble(mark, f"{fact.name:<14}", escape(fact.value))
    for finding in report.findings:
        yield Text()
        yield from _format_finding(finding)
    yield Text()
    counts = [(kind, sum(each.severity == kind for each in report.findings)) for kind in _STYLES]
    found = ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts if count)
    yield Text(found or "No mistake was found.", "bold")


def _format_finding(finding: Finding) -> Iterator[Text]:
    style = _STYLES[finding.severity]
    mark = "·" if finding.severity == "note" else "✗"
    yield Text.assemble((f"{mark} {finding.severity} ", style), (finding.code, style), f": {escape(finding.problem)}")
    yield Text.assemble(("  → ", "bold"), escape(finding.cure))
    if finding.line is not None:
        yield Text.assemble("    ", (escape(finding.line), "bold"))
