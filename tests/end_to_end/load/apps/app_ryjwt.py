"""The application on ryjwt, with its `JWKSClient`, which waits for a fetch without a thread."""

import ryjwt

from end_to_end.load.apps.bearer import (
    AUDIENCE,
    COOLDOWN_SECONDS,
    ISSUER,
    JWKS_URL,
    BearerCredentials,
    create_app,
    refuse,
    report_unavailable,
)

options = {"cooldown": float(COOLDOWN_SECONDS)} if COOLDOWN_SECONDS else {}
keys = ryjwt.JWKSClient(JWKS_URL, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER, **options)


async def get_user_id(credentials: BearerCredentials) -> str:
    """Return the user of the token."""
    try:
        claims = await keys.adecode(credentials.credentials)
    except ryjwt.JWKSFetchError as error:
        raise report_unavailable(error) from None
    except ryjwt.InvalidTokenError as error:
        raise refuse(error) from None
    user_id: str = claims["sub"]
    return user_id


app = create_app(get_user_id)
