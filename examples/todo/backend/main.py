"""The application: `uvicorn backend.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from backend.core.config import get_settings
from backend.core.database import create_tables, get_engine
from backend.development_issuer import create_issuer_router
from backend.routers import me, public, tasks


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Create the tables before the first request and close the connections after the last."""
    create_tables()
    yield
    get_engine().dispose()


def create_app() -> FastAPI:
    """Return the application, configured by the environment.

    Raises:
        ValueError: A variable is missing or invalid; the message names it.
    """
    app = FastAPI(title="To-do list", lifespan=lifespan)
    for router in (tasks.router, public.router, me.router, create_issuer_router(get_settings())):
        app.include_router(router)
    return app


app = create_app()
