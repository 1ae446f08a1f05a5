"""The page about `explain` and `doctor`: its commands run, and its tables are those of the code."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer")
from typer.main import get_command

from fastjose import sign_token
from fastjose._cli.app import app
from fastjose._cli.doctor.catalog import CATALOG
from fastjose._cli.doctor.network.failures import REASONS, classify
from fastjose._cli.doctor.versions import MINIMUM_VERSIONS
from fastjose.exceptions import ConfigurationError, ConfigurationWarning
from support.environment.doctor import GOOD_SECRET
from support.environment.fresh_import import set_environment
from support.processes.command_line import run_command

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "doctor.md").read_text(encoding="utf-8")
URLS = (ROOT / "python" / "fastjose" / "_config" / "urls.py").read_text(encoding="utf-8")
PACKAGE = ROOT / "python" / "fastjose" / "_cli"


def commands_of_page() -> Iterator[list[str]]:
    for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL):
        yield from map(shlex.split, block.splitlines())


def codes_of(error: type[Exception]) -> set[str]:
    """Return the codes in the docstring of a class."""
    description = (error.__doc__ or "").partition("        code: ")[2].partition("        variable: ")[0]
    return set(re.findall(r"`([a-z_]+)`", description))


def test_codes_of_configuration_are_documented() -> None:
    paths = [*(PACKAGE.parent / "_config").rglob("*.py"), PACKAGE.parent / "settings.py", PACKAGE.parent / "fastapi.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    codes = set(re.findall(r'\bcode(?:=|, )"(\w+)"', source)) | set(re.findall(r'return "(\w+)"', URLS))
    codes |= set(re.findall(r'", "(\w+_in_value|quoted_value|invalid_value)"', source))
    defaults = {"invalid_value", "configuration_warning"}
    documented = codes_of(ConfigurationError) | codes_of(ConfigurationWarning)
    assert codes | defaults == documented
    errors = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    section = errors.partition("\n## Codes of the configuration\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == documented


def test_findings_of_page_are_those_of_the_catalog() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (error|warning|note) \| (.*?) \| (.*?) \|$", PAGE, flags=re.MULTILINE)
    plain = {
        code: (severity, cause.replace("`{tenantid}`", "{tenantid}"), cure) for code, severity, cause, cure in rows
    }
    assert plain == {code: tuple(entry) for code, entry in CATALOG.items()}


def test_findings_of_the_catalog_are_those_that_the_code_makes() -> None:
    paths = [path for path in PACKAGE.rglob("*.py") if path.name != "catalog.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    of_configuration = codes_of(ConfigurationError) | codes_of(ConfigurationWarning)
    assert {code for code in CATALOG if f'"{code}"' not in source} <= of_configuration
    made = re.findall(r'(?<![.\w])find\(\s*"(\w+)"', source) + [code for code, _ in REASONS]
    assert {*made, *of_configuration} <= CATALOG.keys()
    assert classify("") in CATALOG


@pytest.mark.parametrize("name", ["explain", "doctor"])
def test_options_of_page_are_those_of_the_command(name: str) -> None:
    section = PAGE.partition(f"\n## fastjose {name}\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `(--[a-z-]+)", section, flags=re.MULTILINE))
    group: Any = get_command(app)
    command = group.commands[name]
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert listed == options - {"--help"}


def test_commands_of_page_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {})
    (tmp_path / ".env").write_text(f"JWT_SECRET={GOOD_SECRET}\n", encoding="utf-8")
    claims = {"sub": "user-1", "exp": int(time.time()) + 60}
    (tmp_path / "token.txt").write_text(sign_token(claims, GOOD_SECRET, algorithm="HS256"), encoding="utf-8")
    commands = list(commands_of_page())
    assert len(commands) == 3
    for program, *arguments in commands:
        assert program == "fastjose"
        assert run_command(*arguments).exit_code == 0, arguments


def test_oldest_versions_are_those_of_the_package() -> None:
    requirements = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name, version in MINIMUM_VERSIONS.items():
        assert f'"{name}>={version}"' in requirements
