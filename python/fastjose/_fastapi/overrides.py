"""`app.dependency_overrides` for dependencies that FastAPI does not resolve itself."""

# FastAPI reads the annotations of `call`, which name a local variable: so no `annotations` import.

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from starlette.requests import HTTPConnection


def get_overrides(scope: Mapping[str, Any]) -> Mapping[Callable[..., Any], Callable[..., Any]] | None:
    """Return the dependency overrides of the application that handles the request, or None if it cannot have any."""
    try:
        overrides: Mapping[Callable[..., Any], Callable[..., Any]] = scope["app"].dependency_overrides
    except (KeyError, AttributeError):
        return None
    return overrides


async def call_with_overrides(function: Callable[..., Any], connection: HTTPConnection) -> Any:
    """Call `function` with the dependencies that its parameters declare, each replaced by its override.

    This is what FastAPI does for a dependency of a route, and its own functions do it. They are not documented; their
    parameters are the same from FastAPI 0.115 to 0.165. Applications override dependencies in tests.

    A generator that overrides a dependency is closed with the request. FastAPI 0.115 does not tell where: it is then
    closed at once.

    Raises:
        RequestValidationError: A parameter of an override is missing in the request, or invalid.
    """
    # Imported here: without overrides, fastjose must not depend on them.
    from fastapi.dependencies.utils import get_dependant, solve_dependencies  # noqa: PLC0415 - see above

    # Not in an `Annotated`: `typing` would replace it by an equal one, which can be that of the flat dependency.
    async def call(result: Any = Depends(function)) -> None:  # noqa: B008 - as above
        ...

    path = getattr(connection.scope.get("route"), "path", "")
    async with AsyncExitStack() as own_stack:
        solved = await solve_dependencies(
            request=connection,  # type: ignore[arg-type]  # FastAPI passes the Request or WebSocket of the route
            dependant=get_dependant(path=path, call=call),
            dependency_overrides_provider=connection.scope["app"],
            async_exit_stack=connection.scope.get("fastapi_inner_astack", own_stack),
            embed_body_fields=False,
        )
    if solved.errors:
        raise RequestValidationError(solved.errors)
    return solved.values["result"]
