"""A variable in capitals and in small letters: pydantic-settings would take the later one, whatever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fastjose._config.names.repeated_names import find_repeated
from fastjose.exceptions import ConfigurationError
from fastjose.settings import load_settings
from support.environment.fresh_import import SECRET, load_auth, set_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.http


def write_env_file(folder: Path, *lines: str) -> Path:
    path = folder / ".env"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("names", [("JWT_AUDIENCE", "jwt_audience"), ("jwt_audience", "JWT_AUDIENCE")])
@pytest.mark.parametrize("value", ["other", ""])
def test_variable_with_two_values_is_an_error(
    names: tuple[str, str], value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, tmp_path, dict(zip(names, ("secret-value", value), strict=True)))
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert str(raised.value) == (
        "JWT_AUDIENCE must be set once, but the environment has JWT_AUDIENCE and jwt_audience with different values: "
        "remove all but one"
    )
    assert (raised.value.code, raised.value.variable) == ("conflicting_variables", "JWT_AUDIENCE")


def test_application_does_not_start_with_two_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^BETTER_AUTH_SECRET must be set once, but the environment has"):
        load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET, Better_Auth_Secret=SECRET[::-1])


def test_file_with_two_values_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {})
    write_env_file(tmp_path, "jwt_issuer=one", "JWT_ISSUER=two", "Jwt_Issuer=three", "JWT_AUDIENCE=a # comment")
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert str(raised.value) == (
        "JWT_ISSUER must be set once, but .env has JWT_ISSUER and Jwt_Issuer and jwt_issuer with different values: "
        "remove all but one"
    )


def test_process_and_file_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"JWT_ISSUER": "one", "jwt_issuer": "two"})
    path = write_env_file(tmp_path, "jwt_audience=one", "JWT_AUDIENCE=two")
    texts = [str(error).split(" has ")[0] for error in find_repeated({"jwt_issuer", "jwt_audience"}, path)]
    assert texts == [
        "JWT_AUDIENCE must be set once, but .env",
        "JWT_ISSUER must be set once, but the environment",
    ]


def test_first_name_of_a_file_may_follow_a_byte_order_mark(tmp_path: Path) -> None:
    path = write_env_file(tmp_path, "JWT_ISSUER=one", "jwt_issuer=two")
    assert len(find_repeated({"jwt_issuer"}, path)) == 1


@pytest.mark.parametrize(
    ("environment", "lines"),
    [
        ({"JWT_ISSUER": "one", "jwt_issuer": "one"}, []),
        ({"JWT_ISSUER": "one"}, ["jwt_issuer=two"]),
        ({}, ["JWT_ISSUER=one", "JWT_ISSUER=two"]),
        ({"FOO": "one", "foo": "two"}, ["bar=1", "BAR=2"]),
    ],
    ids=["one value", "process before file", "later line of one name", "other names"],
)
def test_variable_with_one_value_is_no_error(
    environment: dict[str, str], lines: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, tmp_path, environment)
    path = write_env_file(tmp_path, *lines)
    load_settings()
    assert find_repeated({"jwt_issuer"}, path) == []
    assert find_repeated({"jwt_issuer"}, tmp_path / "missing") == []
