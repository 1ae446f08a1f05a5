"""The application on python-jose, which takes a key set and fetches none.

As is usual with it, the application keeps the set, and fetches it again for each token whose `kid` is not in it.
"""

from typing import Any

import httpx
from jose import JWTError, jwt

from end_to_end.load.apps.bearer import (
    ALGORITHM,
    AUDIENCE,
    ISSUER,
    JWKS_URL,
    BearerCredentials,
    create_app,
    refuse,
    report_unavailable,
)

client = httpx.AsyncClient(trust_env=False)
kept: dict[str, Any] = {}


async def get_user_id(credentials: BearerCredentials) -> str:
    """Return the user of the token."""
    token = credentials.credentials
    try:
        key = await find_key(jwt.get_unverified_header(token).get("kid"))
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER)
    except httpx.HTTPError as error:
        raise report_unavailable(error) from None
    except JWTError as error:
        raise refuse(error) from None
    user_id: str = claims["sub"]
    return user_id


async def find_key(key_id: object) -> dict[str, Any]:
    """Return the key with this `kid`.

    Raises:
        JWTError: No key has it.
    """
    if key_id not in kept:
        fetched = (await client.get(JWKS_URL)).json()
        kept.clear()
        kept.update({key["kid"]: key for key in fetched["keys"]})
    if key_id not in kept:
        raise JWTError("No key matches the token.")
    key: dict[str, Any] = kept[str(key_id)]
    return key


app = create_app(get_user_id)
