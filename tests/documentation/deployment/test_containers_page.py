"""The page on containers is correct: environment files, and the URLs inside and outside the network."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dotenv import dotenv_values

from fastjose.exceptions import ConfigurationWarning
from support.environment.fresh_import import SECRET, load_auth

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[3] / "docs" / "deployment" / "containers.md").read_text(encoding="utf-8")
PUBLIC, INTERNAL = "https://app.example.com", "http://web:3000/api/auth/jwks"
ROW = re.compile(r"^\| `([^`]*JWT_AUDIENCE[^`]*)` \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
AN_ERROR = "an error"


def find_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def read_as_docker_run(line: str) -> str | None:
    """Return the value of `line` as `docker run --env-file` reads it, or `None` if it refuses the line.

    The rules are those of its documentation. The program itself, version 28.2, sends these values to its daemon.
    """
    name, _, value = line.lstrip().partition("=")
    return None if re.search(r"\s", name) else value


def expected_value(cell: str) -> str | None:
    """Return the value that a cell of the table names, or `None` if it names an error."""
    if cell.startswith(AN_ERROR):
        return None
    return str(re.findall(r"`([^`]*)`", cell)[0])


@pytest.mark.parametrize(("line", "by_dotenv", "by_docker"), ROW.findall(PAGE))
def test_line_is_read_as_the_table_says(line: str, by_dotenv: str, by_docker: str) -> None:
    text = f"NAME=other\n{line}\n"
    expected = "other" if "the value of" in by_dotenv else expected_value(by_dotenv)
    assert dotenv_values(stream=io.StringIO(text))["JWT_AUDIENCE"] == expected
    assert read_as_docker_run(line) == expected_value(by_docker)


def test_table_has_six_lines() -> None:
    assert len(ROW.findall(PAGE)) == 6


def test_portable_file_configures_the_application(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (block,) = find_blocks("dotenv")
    read = {name: str(value) for name, value in dotenv_values(stream=io.StringIO(block)).items()}
    assert read == {line.split("=", 1)[0]: read_as_docker_run(line) for line in block.splitlines()}
    auth = load_auth(monkeypatch, tmp_path, **read)
    assert auth._auth._verifier.algorithms == ["EdDSA"]


LEFT_ROW = re.compile(
    r"^\| (.*) \| (error|warning|removed) \| (error|warning|removed|a part of the path.*) \|$", re.MULTILINE
)
BASE64 = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
PEM = rf"-----BEGIN PUBLIC KEY-----\n{BASE64}\n-----END PUBLIC KEY-----"
LEFT_VALUES = {
    "a name, a URL, a number, a switch, JSON": {
        "JWT_AUDIENCE": "api",
        "JWT_ISSUER": "https://issuer.example.com",
        "JWT_LEEWAY_SECONDS": "5",
        "JWT_ALLOW_SHORT_SECRET": "1",
        "JWT_CLAIMS": '{"tier": "gold"}',
    },
    "a secret": {"BETTER_AUTH_SECRET": SECRET},
    "several secrets (`BETTER_AUTH_SECRETS`)": {"BETTER_AUTH_SECRETS": f"1:{SECRET}"},
    "a key in PEM": {"JWT_PUBLIC_KEY": PEM},
    "the path of a file": {"JWT_SECRET_FILE": "secret.txt", "JWT_PUBLIC_KEY": "key.pem"},
}
"""Values of each row of the second table, by variable."""


def find_outcome(monkeypatch: pytest.MonkeyPatch, folder: Path, variable: str, value: str) -> str:
    """Return what becomes of `value` as the table says it: without its quotes or comment, it is a good value."""
    names_issuer = {"JWT_ISSUER": "https://issuer.example.com", "JWT_AUDIENCE": "api"}
    has_keys = variable.startswith(("BETTER_AUTH_SECRET", "JWT_PUBLIC_KEY", "JWT_SECRET_FILE"))
    environment = {**names_issuer, **({} if has_keys else {"JWT_SECRET": SECRET}), variable: value}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            load_auth(monkeypatch, folder, **environment)
        except ValueError as error:
            assert variable in str(error)  # noqa: PT017 - the other outcomes raise nothing
            is_named = re.search("without quotes|quotes|comment", str(error))
            return "error" if is_named else "a part of the path, which is then not found"
    texts = [str(each.message) for each in caught if each.category is ConfigurationWarning]
    assert all(text.startswith(variable) for text in texts)
    return "warning" if texts else "removed"


@pytest.mark.parametrize("row", LEFT_ROW.findall(PAGE), ids=lambda row: row[0])
def test_quotes_and_comments_that_are_left_have_the_stated_effect(
    row: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    (tmp_path / "key.pem").write_text(PEM.replace(r"\n", "\n"), encoding="utf-8")
    name, with_quotes, with_comment = row
    for variable, value in LEFT_VALUES[name].items():
        quote = "'" if '"' in value else '"'
        assert find_outcome(monkeypatch, tmp_path, variable, f"{quote}{value}{quote}") == with_quotes
        assert find_outcome(monkeypatch, tmp_path, variable, f"{value} # ours") == with_comment


def test_every_row_on_what_is_left_has_values() -> None:
    assert [name for name, _, _ in LEFT_ROW.findall(PAGE)] == list(LEFT_VALUES)


def read_environment(service: str) -> Iterator[tuple[str, str]]:
    """Yield the variables of `service` in the file of Docker Compose."""
    (compose,) = find_blocks("yaml")
    section = re.split(r"^  (\w+):\n", compose, flags=re.MULTILINE)
    for line in section[section.index(service) + 1].partition("environment:\n")[2].splitlines():
        name, _, value = line.strip().partition(": ")
        yield name, value.strip('"')


def test_application_accepts_the_public_url_and_fetches_from_the_internal_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    verifier = load_auth(monkeypatch, tmp_path, **dict(read_environment("api")))._auth._verifier
    assert (verifier.issuers, verifier.audiences) == ([PUBLIC], [PUBLIC])
    assert [keys.url for keys in verifier.remote_key_sets] == [INTERNAL]
    assert dict(read_environment("web"))["BETTER_AUTH_URL"] == PUBLIC


def test_internal_url_as_the_base_url_is_refused_as_documented(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^BETTER_AUTH_URL: ") as raised:
        load_auth(monkeypatch, tmp_path, BETTER_AUTH_URL="http://web:3000")
    assert str(raised.value).partition(";")[0] in PAGE
