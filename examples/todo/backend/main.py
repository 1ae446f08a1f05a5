"""The application: `uvicorn backend.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

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
    settings = get_settings()
    app = FastAPI(title="To-do list", lifespan=lifespan)
    for router in (tasks.router, public.router, me.router, create_issuer_router(settings)):
        app.include_router(router)
    if settings.page_origins:
        allow_pages(app, settings.page_origins)
    return app


def allow_pages(app: FastAPI, origins: list[str]) -> None:
    """Let pages of `origins` call the routes from a browser, with a token or with the user's cookies."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_credentials=True,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Retry-After"],
    )


app = create_app()
