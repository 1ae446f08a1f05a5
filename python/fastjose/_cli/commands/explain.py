"""`fastjose explain`: why the application accepts or rejects a token."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from fastjose._cli.configuration import EnvFile, read_settings, report_configuration_errors
from fastjose._cli.exit_codes import NEGATIVE
from fastjose._cli.inputs import TokenFile, read_text
from fastjose._cli.inspection.wrapping import unwrap_header
from fastjose._cli.output import JsonOutput, escape, print_hint, print_json, print_text, show_progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastjose._cli.explain.explanation import Explanation, Step

_MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "would_pass": ("·", "dim"),
    "would_fail": ("!", "yellow"),
    "not_checked": ("–", "dim"),
    "not_reached": ("–", "dim"),
}
_NOTES = {
    "failed": " ← the response",
    "would_fail": " (unverified; would fail, too)",
    "would_pass": " (unverified; would pass)",
    "not_checked": " (not checked)",
    "not_reached": " (not checked)",
}


def explain_token(
    *,
    file: TokenFile = None,
    env_file: EnvFile = None,
    sent_as: Annotated[
        Literal["bearer", "cookie", "api-key"] | None,
        typer.Option(
            "--as", help="How the client sends it; cookie: the value of its Cookie header. Default: as JWT_CREDENTIALS."
        ),
    ] = None,
    as_json: JsonOutput = False,
) -> None:
    """Explain why the application accepts or rejects a token: each check in its order, and the cure.

    The configuration is that of fastjose.auth in the working directory: the environment, and .env. The verdict is that
    of the application's own verifier, which fetches keys and looks sessions up as for any request.

    The token comes from standard input, or from --file. The exit status is 0 if it is accepted, and 1 if not.
    """
    credential = read_credential(file, sent_as)
    settings = read_settings(env_file)
    with report_configuration_errors():
        from fastjose._cli.explain.application import Application  # noqa: PLC0415 - it requires FastAPI
        from fastjose._cli.explain.explain import explain  # noqa: PLC0415 - as above
        from fastjose._cli.explain.requests import choose_place  # noqa: PLC0415 - as above
        from fastjose._cli.hiding import Hider, list_secrets  # noqa: PLC0415 - as above

        application = Application.from_settings(settings)
    with show_progress("Verifying the token …"):
        explanation = explain(application, credential, choose_place(settings, sent_as))
    explanation = Hider(list_secrets(settings)).hide_in(explanation)
    if as_json:
        print_json(asdict(explanation))
    else:
        print_text(*format_explanation(explanation))
    if not explanation.is_accepted:
        raise typer.Exit(NEGATIVE)


def read_credential(file: Path | None, sent_as: str | None = None) -> str:
    """Return the text of a file or of standard input, without what a header or the JSON of an endpoint adds to a token.

    Raises:
        CommandError: As `read_text`.
    """
    text = read_text(file)
    if sent_as not in {None, "bearer"}:
        return text
    token, notes = unwrap_header(text)
    for note in notes:
        print_hint(f"The token was found in the text: {note}.")
    return token


def format_explanation(explanation: Explanation, *, has_cures: bool = True) -> Iterator[Text]:
    """Yield the lines about an explanation. `has_cures`: whether to include what to change."""
    yield _format_verdict(explanation)
    yield Text()
    is_verified = _is_signature_verified(explanation)
    for step in explanation.steps:
        yield from _format_step(step, explanation.credential, is_verified=is_verified, has_cures=has_cures)


def _format_verdict(explanation: Explanation) -> Text:
    kind = explanation.credential
    if explanation.is_accepted:
        user = "" if explanation.user_id is None else f": user {escape(explanation.user_id)}"
        return Text.assemble(("ACCEPTED", "bold green"), f" ({kind}){user}")
    reason = f" ({kind}): {explanation.code}; the response is {explanation.status} {escape(explanation.detail)}"
    return Text.assemble(("REJECTED", "bold red"), reason)


def _is_signature_verified(explanation: Explanation) -> bool:
    """Return whether the step that failed saw content whose signature is verified, or that has none."""
    names = [step.name for step in explanation.steps]
    failed = explanation.failed_step
    if failed is None or "signature" not in names or explanation.credential != "jwt":
        return True
    index = names.index("signature")
    return names.index(failed.name) <= index or explanation.steps[index].status == "passed"


def _format_step(step: Step, kind: str, *, is_verified: bool, has_cures: bool) -> Iterator[Text]:
    mark, style = _MARKS[step.status]
    is_doubtful = step.status == "failed" and not is_verified
    text = _NOTES.get(step.status, "")
    if kind == "opaque":
        text = text.replace("unverified; ", "")  # the claims are those that the authorization server says
    note = (text + (" (unverified)" if is_doubtful else ""), style)
    yield Text.assemble((f"{mark} ", style), (f"{step.name:<12} ", style), step.title, note)
    if step.detail and step.status != "not_reached":  # the note says it
        yield Text(f"{'':15}{escape(step.detail)}", "dim")
    for cure in step.cures if has_cures else ():
        yield Text.assemble(f"{'':15}", ("→ ", "bold"), escape(cure))
