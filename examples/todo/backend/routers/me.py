"""Who is calling. No database work, nothing that blocks: these routes are `async def`."""

from fastapi import APIRouter

from backend.dependencies.auth import AuthenticatedUser, CurrentUser, OptionalUser

router = APIRouter(tags=["me"])


@router.get("/me")
async def read_me(user: AuthenticatedUser) -> CurrentUser:
    """Return the user whom the token names."""
    return user


@router.get("/hello")
async def hello(user: OptionalUser) -> dict[str, str]:
    """Greet the user, or a guest if there is no token that is valid."""
    return {"message": f"Hello {user.user_id if user else 'guest'}"}
