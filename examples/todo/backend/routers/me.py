"""Routes about the caller. They are `async def`, because they do not block or use the database."""

from fastapi import APIRouter

from backend.dependencies.auth import AuthenticatedUser, CurrentUser, OptionalUser

router = APIRouter(tags=["me"])


@router.get("/me")
async def read_me(user: AuthenticatedUser) -> CurrentUser:
    """Return the user of the token."""
    return user


@router.get("/hello")
async def hello(user: OptionalUser) -> dict[str, str]:
    """Greet the user, or a guest if the request has no valid token."""
    return {"message": f"Hello {user.user_id if user else 'guest'}"}
