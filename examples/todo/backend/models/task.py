"""The task: its table, its request models and its public view."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import StringConstraints
from sqlmodel import Field, SQLModel

from backend.models.utc_datetime import UtcDateTime, utc_now

# PostgreSQL cannot store U+0000 in a text: a 422 here instead of an error there.
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class TaskCreate(SQLModel):
    """The request body to create a task. The owner comes from the token, never from the body."""

    title: Title
    is_public: bool = False
    done: bool = False


class TaskUpdate(SQLModel):
    """The request body to change a task. Omitted and null fields stay unchanged."""

    title: Title | None = None
    is_public: bool | None = None
    done: bool | None = None

    def changes(self) -> dict[str, Any]:
        """Return the new values of the columns to change."""
        return self.model_dump(exclude_none=True)


class TaskPublic(SQLModel):
    """The public view of a task, without its owner."""

    id: str
    title: str
    done: bool


class Task(SQLModel, table=True):
    """A task in the database. Its owner sees all columns."""

    id: str = Field(default_factory=lambda: str(uuid4()), primary_key=True)
    title: str = Field(max_length=200)
    owner_id: str = Field(index=True)
    is_public: bool = False
    done: bool = False
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)

    def public_view(self) -> TaskPublic:
        """Return the public view of this task, which other users may see if it is public."""
        return TaskPublic(id=self.id, title=self.title, done=self.done)


class OwnTask(SQLModel):
    """The response of the public route to the owner."""

    task: Task
    is_owner: Literal[True] = True


class SharedTask(SQLModel):
    """The response of the public route to other users and guests."""

    task: TaskPublic
    is_owner: Literal[False] = False
