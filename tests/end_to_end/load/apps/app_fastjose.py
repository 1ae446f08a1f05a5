"""The application on fastjose, configured by the environment alone."""

from fastapi import FastAPI

from end_to_end.load.apps.collector import tune_collector
from fastjose.auth import UserId
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

app = FastAPI()


@app.get("/user-id")
async def user_id(user_id: UserId) -> dict[str, str]:
    return {"user_id": user_id}


exit_when_stdin_closes()
tune_collector()
