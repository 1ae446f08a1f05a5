"""docs/reference/command-line.md names every command, option, default, exit status, kind and member of JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from fastjose import sign_token
from fastjose._cli import exit_codes
from fastjose._cli.app import app
from fastjose._cli.inspection.report import KINDS
from support.environment.fresh_import import set_environment
from support.processes.command_line import run_command

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
SECTIONS = dict(re.findall(r"^## fastjose (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
TOKEN = sign_token({"sub": "ada", "exp": 4_000_000_000}, "s" * 32, algorithm="HS256")
CONFIGURED = "JWT_SECRET=" + "s" * 32 + "\nJWT_ALGORITHMS=HS256\n"
RESULTS = {
    "explain": (("explain", "--json"), TOKEN),
    "doctor": (("doctor", "--offline", "--json"), ""),
    "inspect": (("inspect", "--json"), TOKEN),
    "keygen": (("keygen", "--json"), ""),
    "jwks": (("jwks",), run_command("keygen").output),
    "init": (("init", "--json"), ""),
}


def read_rows(text: str, header: str) -> list[list[str]]:
    """Return the cells of the table that begins with `header`."""
    table = text.partition(f"\n{header}")[2].split("\n\n", maxsplit=1)[0]
    rows = [line for line in table.splitlines()[1:] if line.startswith("|") and not set(line) <= set("|-: ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def read_options(command: str) -> dict[str, str]:
    """Return the default of each option on the page, by all its names."""
    rows = read_rows(SECTIONS[command], "| option | default | meaning |")
    return {_join_names(re.findall(r"`([^`]+)`", names)): default for names, default, _ in rows}


def _join_names(texts: list[str]) -> str:
    return " ".join(sorted(text.split()[0] for text in texts))


def name_parameter(parameter: Any) -> str:
    names = [*parameter.opts, *parameter.secondary_opts]
    is_argument = parameter.param_type_name == "argument"
    return re.sub(r"\W", "", parameter.metavar or parameter.name).upper() if is_argument else " ".join(sorted(names))


def test_page_has_every_command() -> None:
    assert SECTIONS.keys() == COMMANDS.keys()
    assert re.findall(r"^\| \[`fastjose (\w+)`\]\(#fastjose-\1\)", PAGE, re.MULTILINE) == [*SECTIONS]


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"explain", "doctor"}))
def test_page_has_every_option(command: str) -> None:  # those of the two others are in doctor.md
    parameters = {name_parameter(each): each for each in COMMANDS[command].params if "--help" not in each.opts}
    documented = read_options(command)
    assert documented.keys() == parameters.keys()
    for name, parameter in parameters.items():
        default = getattr(parameter.default, "value", parameter.default)
        if isinstance(default, bool):
            assert documented[name] == ("on" if default else "off")
        elif isinstance(default, str | int):
            assert documented[name] == f"`{default}`"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_describes_every_option(command: str) -> None:
    for parameter in COMMANDS[command].params:
        assert "--help" in parameter.opts or parameter.help
    assert run_command(command, "--help").exit_code == 0


def test_page_has_every_exit_status() -> None:
    codes = [value for name, value in vars(exit_codes).items() if name.isupper()]
    assert [int(cells[0]) for cells in read_rows(PAGE, "| status | meaning |")] == codes


def test_page_has_every_kind() -> None:
    assert [cells[0].strip("`") for cells in read_rows(SECTIONS["inspect"], "| kind | is |")] == [*KINDS]


def find_shape(value: Any) -> Any:
    """Return the members of JSON, and of what it contains."""
    if isinstance(value, dict):
        return {name: find_shape(each) for name, each in value.items()}
    return [find_shape(each) for each in value[:1]] if isinstance(value, list) else None


@pytest.mark.parametrize("command", RESULTS)
def test_page_has_the_members_of_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str) -> None:
    set_environment(monkeypatch, tmp_path, {})
    (tmp_path / ".env").write_text(CONFIGURED)
    arguments, standard_input = RESULTS[command]
    result = run_command(*arguments, standard_input=standard_input)
    example = SECTIONS[command].partition("```json\n")[2].partition("```")[0]
    assert find_shape(json.loads(example)) == find_shape(json.loads(result.output))


def test_page_has_the_members_of_json_of_mint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {})
    run_command("keygen", "-o", "key.pem")
    minted = json.loads(run_command("mint", "--key", "key.pem", "--json").output)
    example = json.loads(SECTIONS["mint"].partition("```json\n")[2].partition("```")[0])
    assert example.keys() == minted.keys()
    assert example["header"].keys() == minted["header"].keys()
