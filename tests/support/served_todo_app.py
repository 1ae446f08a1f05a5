"""The application of `examples/todo` for `uvicorn_server`, with `PYTHONPATH` naming that folder.

It is what `uvicorn backend.main:app` runs, save that it ends when its standard input closes.
"""

from backend.main import app
from support.exit_on_stdin_close import end_with_standard_input

__all__ = ["app"]

end_with_standard_input()
