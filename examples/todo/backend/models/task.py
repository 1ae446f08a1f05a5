"""The task: its table, what a client may send, and how much of it others see."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import StringConstraints
from sqlmodel import Field, SQLModel

from backend.models.utc_datetime import UtcDateTime, utc_now

# PostgreSQL cannot store U+0000 in a text: a 422 here instead of an error there.
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class TaskCreate(SQLModel):
    """What a client sends to create a task; the owner comes from the token, never from here."""

    title: Title
    is_public: bool = False
    done: bool = False


class TaskUpdate(SQLModel):
    """What a client sends to change a task: what is left out, or null, stays as it is."""

    title: Title | None = None
    is_public: bool | None = None
    done: bool | None = None

    def changes(self) -> dict[str, Any]:
        """Return the new values of the columns that are to change."""
        return self.model_dump(exclude_none=True)


class TaskPublic(SQLModel):
    """As much of a public task as anyone may see: nothing of its owner."""

    id: str
    title: str
    done: bool


class Task(SQLModel, table=True):
    """A task in the database; its owner sees all of it."""

    id: str = Field(default_factory=lambda: str(uuid4()), primary_key=True)
    title: str = Field(max_length=200)
    owner_id: str = Field(index=True)
    is_public: bool = False
    done: bool = False
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)

    def public_view(self) -> TaskPublic:
        """Return what others may see of this task, if it is public."""
        return TaskPublic(id=self.id, title=self.title, done=self.done)


class OwnTask(SQLModel):
    """The answer of the mixed route to the owner."""

    task: Task
    is_owner: Literal[True] = True


class SharedTask(SQLModel):
    """The answer of the mixed route to everybody else."""

    task: TaskPublic
    is_owner: Literal[False] = False
