"""`ApiKey`: the API key of a request, without the key itself."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations

from pydantic import ConfigDict

from fastjose._verified_model import VerifiedModel


class ApiKey(VerifiedModel):
    """The API key with which a request was sent. Immutable. It does not contain the key itself.

    Example:
        @app.post("/import")
        async def import_files(api_key: Annotated[ApiKey, Depends(auth.current_api_key)]) -> None:
            log.info("import by key %s", api_key.id)
    """

    _dependency = "Annotated[ApiKey, Depends(auth.current_api_key)]"
    model_config = ConfigDict(frozen=True)

    id: str
    """The id of the key."""
    name: str | None = None
    """The name that its owner gave it."""
    user_id: str | None = None
    """The id of its owner, or None if an organization owns it."""
    organization_id: str | None = None
    """The id of the organization that owns it, or None."""
    expires_at: datetime | None = None
    """The time at which it expires, with a time zone, or None if it does not expire or the store does not know."""
