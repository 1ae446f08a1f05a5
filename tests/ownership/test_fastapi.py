"""A repository as a dependency of FastAPI, with models of SQLModel: the user of the request decides on the rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid4

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import StaticPool
from sqlmodel import Field, Session, SQLModel, create_engine, select

from fastjose import Verifier, sign_token
from fastjose.fastapi import BearerAuth
from fastjose.sqlmodel import OwnedRepository
from support.clients.http_client import HttpClient
from support.environment.fresh_import import import_fresh, set_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.http
SECRET = "a secret of the tests of repositories"


class NoteBase(SQLModel):
    text: str


class Note(NoteBase, table=True):
    __tablename__ = "ownership_note"
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)


class NoteUpdate(SQLModel):
    text: str | None = None
    user_id: str | None = None


class NoteRepository(OwnedRepository[Note]):
    pass


class Badge(SQLModel, table=True):
    __tablename__ = "ownership_badge"
    id: int | None = Field(default=None, primary_key=True)
    user_id: UUID


class BadgeRepository(OwnedRepository[Badge]):
    pass


def build_app(user_id: Any) -> FastAPI:
    """Return an application whose user is that of the dependency `user_id`."""
    app = FastAPI()
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
    SQLModel.metadata.create_all(engine, tables=[Note.__table__, Badge.__table__])  # type: ignore[attr-defined]

    def get_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    notes_of_user = Depends(NoteRepository.dependency(get_session, user_id))
    badges_of_user = Depends(BadgeRepository.dependency(Annotated[Session, Depends(get_session)], user_id))

    @app.get("/notes")
    def list_notes(notes: NoteRepository = notes_of_user) -> list[Note]:
        assert isinstance(notes.session, Session)
        assert list(notes.session.exec(select(Note))) == notes.list()
        return notes.list(Note.text != "", order_by=Note.text)

    @app.post("/notes")
    def create_note(note: dict[str, Any], notes: NoteRepository = notes_of_user) -> Note:
        return notes.create(note)

    @app.patch("/notes/{key}")
    def update_note(key: int, note: NoteUpdate, notes: NoteRepository = notes_of_user) -> Note:
        return notes.update(key, note)

    @app.get("/badges")
    def list_badges(badges: BadgeRepository = badges_of_user) -> int:
        return badges.count()

    return app


def mint(user_id: str) -> str:
    return sign_token({"sub": user_id, "exp": int(time.time()) + 60}, SECRET, algorithm="HS256")


def bearer_user_id() -> Any:
    return BearerAuth(Verifier(SECRET, algorithms=["HS256"])).user_id


@pytest.fixture(params=["BearerAuth", "fastjose.auth"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HttpClient]:
    """Yield a client of the application, whose users are those of a `BearerAuth` or of `fastjose.auth`."""
    if request.param == "BearerAuth":
        user_id = bearer_user_id()
    else:
        set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET})
        user_id = import_fresh(monkeypatch, "fastjose.auth", lambda name: name == "fastjose.auth").UserId
    with HttpClient(build_app(user_id)) as client:
        yield client


def test_request_reaches_rows_of_its_user(client: HttpClient) -> None:
    note = client.post("/notes", mint("ada"), json={"text": "ada's", "user_id": "grace", "id": 7}).json()
    assert note == {"text": "ada's", "user_id": "ada", "id": 1}
    assert client.get("/notes", mint("ada")).json() == [note]
    assert client.get("/notes", mint("grace")).json() == []
    refused = client.request("PATCH", "/notes/1", mint("grace"), json={"text": "stolen"})
    assert (refused.status_code, refused.json()) == (404, {"detail": "Note not found"})
    changed = client.request("PATCH", "/notes/1", mint("ada"), json={"text": "new", "user_id": "grace"}).json()
    assert changed == {"text": "new", "user_id": "ada", "id": 1}


def test_request_without_user_returns_401(client: HttpClient) -> None:
    for path in ("/notes", "/badges"):
        assert client.get(path).status_code == 401
        assert client.get(path, "no token").status_code == 401


def test_user_whose_id_column_cannot_store_returns_403(client: HttpClient) -> None:
    assert client.get("/badges", mint(str(uuid4()))).json() == 0
    for user_id in ("ada", str(uuid4()).upper()):
        refused = client.get("/badges", mint(user_id))
        assert (refused.status_code, refused.json()) == (403, {"detail": "Not authorized to access this badge"})


def test_openapi_document_names_security_scheme_and_no_parameter(client: HttpClient) -> None:
    route = client.get("/openapi.json").json()["paths"]["/notes"]["get"]
    assert "parameters" not in route
    assert route["security"]
