"""The application of `examples/todo` for `uvicorn_server`. `PYTHONPATH` must name that folder.

It equals `uvicorn backend.main:app`, except that it exits when its standard input closes.
"""

from backend.main import app
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

__all__ = ["app"]

exit_when_stdin_closes()
