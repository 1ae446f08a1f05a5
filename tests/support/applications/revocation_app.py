"""An application with a shared list of revocations, for several worker processes.

`TEST_REDIS_URL` names the server, `TEST_POLICY` the policy, `TEST_JWK_SET` the keys of the issuer.
"""

import contextlib
import json
import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from fastjose import Verifier
from fastjose.fastapi import BearerAuth
from fastjose.revocation import RedisRevocations

revocations = RedisRevocations(
    os.environ["TEST_REDIS_URL"],
    policy=os.environ.get("TEST_POLICY", "closed"),  # type: ignore[arg-type]
    max_staleness_seconds=30,  # it is not stale because the machine is busy
)
verifier = Verifier(
    json.loads(os.environ["TEST_JWK_SET"]),
    issuer="https://auth.example.com",
    audience="https://auth.example.com",
    cache_size=100,
    revocations=revocations,
)
auth = BearerAuth(verifier)


@contextlib.asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with revocations:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/me")
async def me(user_id: Annotated[str, Depends(auth.user_id)]) -> dict[str, Any]:
    return {"user_id": user_id, "process_id": os.getpid()}


@app.get("/state")
async def state() -> dict[str, Any]:
    return {"process_id": os.getpid(), "is_synchronised": revocations.is_synchronised, "entries": len(revocations)}


@app.get("/revoke/{sid}")
async def revoke(sid: str) -> dict[str, Any]:
    await revocations.revoke_session(sid)
    return {"process_id": os.getpid()}


@app.get("/check/{sid}")
async def check(sid: str) -> dict[str, Any]:
    return {"process_id": os.getpid(), "is_revoked": revocations.is_revoked(sid=sid)}
