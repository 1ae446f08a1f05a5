"""Hide secrets in what a command prints, whatever the text was made from."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from fastjose._config.keys.configured_secrets import find_secrets
from fastjose._config.keys.secret_files import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastjose._cli.explain.explanation import Explanation
    from fastjose.settings import AuthSettings

_MIN_HIDDEN_CHARS = 4
_HIDDEN = "***"


class Hider:
    """Replaces secrets in texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Keep the secrets, as they are and as a JSON string has them. A very short one may be a part of any word."""
        forms = {form for secret in secrets if len(secret) >= _MIN_HIDDEN_CHARS for form in _write_forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """Return the text without secrets."""
        for form in self._forms:
            text = text.replace(form, _HIDDEN)
        return text

    def hide_in(self, explanation: Explanation) -> Explanation:
        """Return the explanation without secrets: a token can contain one, and rules can name one by mistake."""
        steps = [
            replace(step, detail=self.hide(step.detail), cures=tuple(map(self.hide, step.cures)))
            for step in explanation.steps
        ]
        user_id = None if explanation.user_id is None else self.hide(explanation.user_id)
        return replace(explanation, detail=self.hide(explanation.detail), user_id=user_id, steps=tuple(steps))


def list_secrets(settings: AuthSettings | None) -> list[str]:
    """Return the values of the secrets in settings, and in the files that they name."""
    if settings is None:
        return []
    values = [getattr(settings, field) for field in FIELDS]
    whole = [value.get_secret_value() for value in values if value is not None]
    return [*whole, *(secret.value for secret in find_secrets(settings))]


def _write_forms(secret: str) -> Iterator[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
