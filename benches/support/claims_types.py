"""The twelve claims as a Pydantic model and as a msgspec Struct."""

from __future__ import annotations

from typing import Any

import msgspec
from pydantic import BaseModel, create_model

from benches.support.fixtures import CLAIMS

_TYPES: dict[str, Any] = {name: str | None if value is None else type(value) for name, value in CLAIMS.items()}
_FIELDS: dict[str, Any] = {name: (kind, ...) for name, kind in _TYPES.items()}
CLAIMS_MODEL: type[BaseModel] = create_model("ClaimsModel", **_FIELDS)
CLAIMS_STRUCT: Any = msgspec.defstruct("ClaimsStruct", list(_TYPES.items()))


def to_dict(claims: Any) -> dict[str, Any]:
    """Return the claims of an instance of either type."""
    if isinstance(claims, BaseModel):
        return claims.model_dump()
    converted: dict[str, Any] = msgspec.structs.asdict(claims)
    return converted
