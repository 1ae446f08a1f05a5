"""Pydantic models that keep the claims which they do not name (`extra="allow"`), without those that hide a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._claims_types import model_claim_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel


def fill_function(model: type[BaseModel]) -> Callable[[Any], Any]:
    """Return the function that fills the model with claims.

    An extra with the name or the alias under which a field is dumped takes its place in `model_dump()` and in the JSON
    of a response: a claim `user_id` that of the user's id. Such a claim is dropped, unless a field is filled from it.
    """
    if model.model_config.get("extra") != "allow":
        return model.model_validate
    aliases, has_names = _aliases_by_field(model), _is_filled_by_names(model)
    read = {alias for names in aliases.values() for alias in names}
    by_name = {name for name, names in aliases.items() if has_names or not names} - read
    hidden = _dumped_names(model) - read - by_name

    def fill(claims: dict[str, Any]) -> Any:
        named_twice = {name for name in by_name if not claims.keys().isdisjoint(aliases[name])}  # the alias counts
        return model.model_validate(
            {name: value for name, value in claims.items() if name not in hidden and name not in named_twice}
        )

    return fill


def _aliases_by_field(model: type[BaseModel]) -> dict[str, list[str]]:
    """Return the claims from which each field is filled: its aliases, or its name if it has none."""
    if not model.model_config.get("validate_by_alias", True):
        return {name: [] for name in model.model_fields}
    return {name: model_claim_names(name, field) for name, field in model.model_fields.items()}


def _is_filled_by_names(model: type[BaseModel]) -> bool:
    """Return whether a field with an alias is filled from the claim of its name, too."""
    config = model.model_config
    return bool(config.get("validate_by_name") or config.get("populate_by_name"))


def _dumped_names(model: type[BaseModel]) -> set[str]:
    """Return the names and the aliases under which the fields of the model are dumped."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names |= {name, field.serialization_alias or name}
    for name, computed in model.model_computed_fields.items():
        names |= {name, computed.alias or name}
    return names
