"""The rows with which a test of owned sessions begins: the same ones for `ada` and for `grace`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.ownership.models import Comment, Memo, Photo, Project, Reaction, Secret, Tag, Task, Vote

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OWNERS = ("ada", "grace")
NUMBERS = {"ada": 1, "grace": 2}
"""The primary key of the rows of each owner."""


def add_rows(session: Session) -> None:
    """Add and commit the rows."""
    tag = Tag(name="urgent")
    session.add(Vote(name="yes"))
    for owner in OWNERS:
        comment = Comment(text=f"comment of {owner}", reactions=[Reaction(emoji=f"reaction of {owner}")])
        project = Project(user_id=owner, name=f"project of {owner}")
        task = Task(user_id=owner, title=f"task of {owner}", project=project, comments=[comment], tags=[tag])
        task.secrets.append(Secret(text="a secret"))
        session.add_all([task, Photo(user_id=owner, path=f"photo of {owner}"), Memo(user_id=owner, memo="memo")])
        session.flush()
    session.commit()
