"""The application of `examples/todo` for `uvicorn_server`, with `PYTHONPATH` naming that folder.

It is what `uvicorn backend.main:app` runs, save that it ends when its standard input closes.
"""

from backend.main import app
from support.exit_on_stdin_close import exit_when_stdin_closes

__all__ = ["app"]

exit_when_stdin_closes()
