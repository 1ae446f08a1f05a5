"""The to-do application without authentication: one dependency that looks at nothing, and whoever asks is Ada."""

import importlib
import sys
from types import ModuleType
from typing import Annotated

from fastapi import Depends

from fastjose.fastapi import CurrentUser
from fastjose.ownership import OwnershipChecker, require_ownership

ADA = CurrentUser(user_id="ada", email="ada@example.com", name="Ada Lovelace")


async def anybody() -> CurrentUser:
    """Return Ada."""
    return ADA


async def anybodys_id() -> str:
    """Return Ada's id."""
    return ADA.user_id


auth = ModuleType("backend.dependencies.auth")
auth.__dict__.update(
    AuthenticatedUser=Annotated[CurrentUser, Depends(anybody)],
    OptionalUser=Annotated[CurrentUser | None, Depends(anybody)],
    UserId=Annotated[str, Depends(anybodys_id)],
    CurrentUser=CurrentUser,
    OwnershipChecker=OwnershipChecker,
    require_ownership=require_ownership,
)
sys.modules[auth.__name__] = auth  # the routes, imported below, import it from there

app = importlib.import_module("served_todo_app").app
