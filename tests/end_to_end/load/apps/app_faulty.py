"""An application that verifies nothing, with other faults besides: the run must find each of them."""

import itertools

import jwt
from fastapi import HTTPException

from end_to_end.load.apps.bearer import BearerCredentials, create_app

numbers = itertools.count()


async def get_user_id(credentials: BearerCredentials) -> str:
    """Return the user of the token, without verification."""
    number = next(numbers) % 100
    if number == 10:
        raise HTTPException(503, "Busy.")  # without Retry-After
    if number == 20:
        raise HTTPException(503, "Busy.", {"Retry-After": "1"})
    if number == 30:
        raise HTTPException(401, "Not today.", {"WWW-Authenticate": "Bearer"})
    try:
        claims = jwt.decode(credentials.credentials, options={"verify_signature": False, "verify_exp": False})
    except jwt.PyJWTError:
        raise HTTPException(401, "Garbage.") from None  # without WWW-Authenticate
    return "someone else" if number == 40 else str(claims["sub"])


app = create_app(get_user_id)
