"""The to-do application without authentication: its dependency ignores the request and returns one fixed user."""

import importlib
import sys
from types import ModuleType
from typing import Annotated

from fastapi import Depends

from fastjose.fastapi import CurrentUser
from fastjose.ownership import OwnershipChecker, require_ownership

ADA = CurrentUser(user_id="ada", email="ada@example.com", name="Ada Lovelace")


async def get_ada() -> CurrentUser:
    """Return Ada."""
    return ADA


async def get_ada_id() -> str:
    """Return Ada's id."""
    return ADA.user_id


auth = ModuleType("backend.dependencies.auth")
auth.__dict__.update(
    AuthenticatedUser=Annotated[CurrentUser, Depends(get_ada)],
    OptionalUser=Annotated[CurrentUser | None, Depends(get_ada)],
    UserId=Annotated[str, Depends(get_ada_id)],
    CurrentUser=CurrentUser,
    OwnershipChecker=OwnershipChecker,
    require_ownership=require_ownership,
)
sys.modules[auth.__name__] = auth  # the routes, imported below, import it under this name

app = importlib.import_module("support.applications.served_todo_app").app
