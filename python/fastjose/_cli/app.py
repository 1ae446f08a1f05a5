"""The typer application: its commands, without the handling of errors, which `run` adds."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated

import typer

import fastjose
from fastjose._cli.commands.doctor import examine_application
from fastjose._cli.commands.explain import explain_token
from fastjose._cli.commands.init import initialize_application
from fastjose._cli.commands.inspect import inspect_token
from fastjose._cli.commands.jwks import print_key_set
from fastjose._cli.commands.keygen import generate_key
from fastjose._cli.commands.migrate import migrate_code
from fastjose._cli.commands.mint import mint_token
from fastjose._cli.output import print_text

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    name="fastjose",
    help="Look into tokens, make keys and development tokens, and find out why a token is rejected.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, which may be secrets
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:  # noqa: FBT001 - the signature of a typer callback
    if value:
        print_text(f"fastjose {fastjose.__version__}")
        raise typer.Exit


@app.callback()
def set_common_options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Define the options of `fastjose` itself: typer calls it before each command."""
    del version  # its callback has printed it


def _add_command(name: str, function: Callable[..., None]) -> None:
    """Add a command. Its help is the docstring, in which typer would keep the line breaks of the code."""
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    app.command(name, help="\n\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs))(function)


_add_command("inspect", inspect_token)
_add_command("explain", explain_token)
_add_command("doctor", examine_application)
_add_command("keygen", generate_key)
_add_command("mint", mint_token)
_add_command("jwks", print_key_set)
_add_command("migrate", migrate_code)
_add_command("init", initialize_application)
