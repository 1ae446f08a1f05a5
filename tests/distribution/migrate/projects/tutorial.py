"""An application in the form of FastAPI's tutorial on JWTs: a password form, hashed passwords, a bearer token."""

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from jwt.exceptions import InvalidTokenError
from pwdlib import PasswordHash
from pydantic import BaseModel

# made by: openssl rand -hex 32
SECRET_KEY = "3f1c0a57d2c94e6f8a1b7d90e2c65f4413b8a0d7c9e25f61a4780b3d6e92c51f"
ALGORITHM = "HS256"
LIFETIME_MINUTES = 30

password_hash = PasswordHash.recommended()
USERS = {
    "ada": {"username": "ada", "disabled": False, "hashed_password": password_hash.hash("correct horse")},
    "bob": {"username": "bob", "disabled": True, "hashed_password": password_hash.hash("battery staple")},
}


class Token(BaseModel):
    """The answer to a sign-in."""

    access_token: str
    token_type: str


class User(BaseModel):
    """A user, as the API shows it."""

    username: str
    disabled: bool = False


oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")
app = FastAPI()


def create_access_token(data: dict[str, Any], expires_delta: timedelta | None = None) -> str:
    """Return a token that expires."""
    to_encode = data.copy()
    to_encode.update({"exp": datetime.now(timezone.utc) + (expires_delta or timedelta(minutes=15))})
    encoded_jwt = jwt.encode(to_encode, SECRET_KEY, algorithm=ALGORITHM)
    return encoded_jwt  # noqa: RET504 - as in the tutorial


async def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> User:
    """Return the user of a token."""
    credentials_exception = HTTPException(
        status_code=status.HTTP_401_UNAUTHORIZED,
        detail="Could not validate credentials",
        headers={"WWW-Authenticate": "Bearer"},
    )
    try:
        payload = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
        username = payload.get("sub")
    except InvalidTokenError:
        raise credentials_exception  # noqa: B904 - as in the tutorial
    if username not in USERS:
        raise credentials_exception
    return User.model_validate(USERS[username])


async def get_current_active_user(current_user: Annotated[User, Depends(get_current_user)]) -> User:
    """Return the user of a token, who is not disabled."""
    if current_user.disabled:
        raise HTTPException(status_code=400, detail="Inactive user")
    return current_user


@app.post("/token")
async def login_for_access_token(form_data: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    """Sign a user in."""
    user = USERS.get(form_data.username)
    if user is None or not password_hash.verify(form_data.password, str(user["hashed_password"])):
        raise HTTPException(
            status_code=status.HTTP_401_UNAUTHORIZED,
            detail="Incorrect username or password",
            headers={"WWW-Authenticate": "Bearer"},
        )
    token = create_access_token({"sub": form_data.username}, timedelta(minutes=LIFETIME_MINUTES))
    return Token(access_token=token, token_type="bearer")


@app.get("/users/me")
async def read_users_me(current_user: Annotated[User, Depends(get_current_active_user)]) -> User:
    """Return the user."""
    return current_user
