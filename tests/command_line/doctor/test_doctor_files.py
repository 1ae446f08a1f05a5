"""Files with variables: long ones, none, and those that no command reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("typer")
from pydantic_settings import DotEnvSettingsSource, SettingsConfigDict

from fastjose.settings import AuthSettings, load_settings
from support.environment.doctor import GOOD_SECRET
from support.environment.fresh_import import set_environment

if TYPE_CHECKING:
    from pathlib import Path

LINES = f"JWT_SECRET={GOOD_SECRET}\n"


def count_comparisons(monkeypatch: pytest.MonkeyPatch, directory: Path, lines: int) -> int:
    """Return how often the fields of the settings are looked at for a file."""
    set_environment(monkeypatch, directory, {})
    (directory / ".env").write_text("".join(f"OTHER_{index}=x\n" for index in range(lines)) + LINES, encoding="utf-8")
    calls, original = 0, DotEnvSettingsSource._extract_field_info

    def count(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        return original(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(DotEnvSettingsSource, "_extract_field_info", count)
        assert load_settings().jwt_secret is not None
    return calls


def test_settings_time_for_other_lines_is_not_multiplied_by_fields(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert count_comparisons(monkeypatch, tmp_path, 100) == count_comparisons(monkeypatch, tmp_path, 0)


def test_settings_derived_class_keeps_its_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class WithOthers(AuthSettings):
        model_config = SettingsConfigDict(extra="allow")
        database_url: str = ""

    set_environment(monkeypatch, tmp_path, {})
    (tmp_path / ".env").write_text(f"{LINES}DATABASE_URL=db\nOTHER=x\n", encoding="utf-8")
    settings = WithOthers()
    assert (settings.database_url, settings.model_extra) == ("db", {"other": "x"})
