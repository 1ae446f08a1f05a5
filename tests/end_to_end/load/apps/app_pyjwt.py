"""The application on PyJWT, with its `PyJWKClient`, which blocks: a plain function, which FastAPI runs in a thread."""

import jwt

from end_to_end.load.apps.bearer import (
    ALGORITHM,
    AUDIENCE,
    COOLDOWN_SECONDS,
    ISSUER,
    JWKS_URL,
    BearerCredentials,
    create_app,
    refuse,
    report_unavailable,
)

options = {"cooldown_duration": float(COOLDOWN_SECONDS)} if COOLDOWN_SECONDS else {}
keys = jwt.PyJWKClient(JWKS_URL, **options)  # type: ignore[arg-type]


def get_user_id(credentials: BearerCredentials) -> str:
    """Return the user of the token."""
    token = credentials.credentials
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER)
    except jwt.PyJWKClientConnectionError as error:
        raise report_unavailable(error) from None
    except jwt.PyJWTError as error:
        raise refuse(error) from None
    user_id: str = claims["sub"]
    return user_id


app = create_app(get_user_id)
