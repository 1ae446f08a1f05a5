"""`fastjose inspect`: what is in a token, without verification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fastjose._cli.inputs import TokenFile, read_text
from fastjose._cli.inspection.inspection import inspect_text
from fastjose._cli.inspection.times import describe_distance
from fastjose._cli.output import JsonOutput, escape, format_json, print_json, print_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastjose._cli.inspection.report import TokenReport
    from fastjose._cli.inspection.times import ClaimedTime

_MAX_SHOWN_CHARACTERS = 1_000
_MAX_NAME_COLUMN = 24


def inspect_token(
    *,
    file: TokenFile = None,
    as_json: JsonOutput = False,
) -> None:
    """Show what is in a token. Nothing is verified: anybody can write such a token.

    The token comes from standard input, or from --file: never as an argument, which a shell keeps in its history. It
    may be a JWT, an encrypted token, a session token, a cookie or an API key. What surrounds it may be there too:
    Bearer, quotes, or the JSON of a token endpoint.

    No network is used, no signature is shown, and a session token inside a cookie is hidden.
    """
    report = inspect_text(read_text(file))
    if as_json:
        print_json(report.to_json())
    else:
        print_text(*_format_report(report))


def _format_report(report: TokenReport) -> Iterator[Text]:
    yield Text.assemble(("UNVERIFIED", "bold yellow"), ": anybody can write a token with this content")
    yield Text()
    yield _format_line("kind", report.description, 6)
    sizes = ", ".join(f"{name} {size:,}" for name, size in report.sizes.items())
    yield _format_line("bytes", sizes, 6)
    for title, members in (("Header", report.header), ("Claims", report.claims)):
        if members is not None:
            yield Text()
            yield Text(title, "bold")
            yield from _format_members(members, report.times if title == "Claims" else {})
    if report.notes:
        yield Text()
        yield Text("Notes", "bold")
        yield from (Text(f"  {note}") for note in report.notes)


def _format_members(members: Mapping[str, Any], times: Mapping[str, ClaimedTime]) -> Iterator[Text]:
    names = {name: _shorten(escape(name)) for name in members}
    width = min(max(map(len, names.values()), default=0), _MAX_NAME_COLUMN)
    for name, value in members.items():
        line = _format_line(f"  {names[name]}", _shorten(format_json(value)), width + 2)
        if name in times:
            time = times[name]
            moment = f"{time.utc.replace('T', ' ').replace('Z', ' UTC')}, {describe_distance(time.seconds_from_now)}"
            line.append(f"  {moment}", "dim")
        yield line


def _format_line(name: str, value: str, width: int) -> Text:
    return Text.assemble((f"{name:<{width}}", "cyan"), "  ", value)


def _shorten(text: str) -> str:
    """Return the beginning of a text, and its length if the rest is missing."""
    if len(text) <= _MAX_SHOWN_CHARACTERS:
        return text
    return f"{text[:_MAX_SHOWN_CHARACTERS]}… ({len(text):,} characters; --json prints all)"
