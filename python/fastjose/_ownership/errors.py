"""The errors of owned sessions."""

from __future__ import annotations


class OwnershipError(RuntimeError):
    """A statement or a change that could reach a row of another owner. Nothing was read or written.

    The message names the model and the remedy, never a value.
    """


class ForeignRowError(OwnershipError):
    """A change of a row that does not exist, or belongs to another owner: the two are not distinguished.

    Attributes:
        model_name: The name of the row's model.
    """

    def __init__(self, model_name: str) -> None:
        """Name the model of the row."""
        super().__init__(f"a row of {model_name} must exist and belong to the owner of the session")
        self.model_name = model_name


class OwnerIdError(ValueError):
    """An id of an owner that the owner column cannot store, such as `ada` for a column of UUIDs."""
