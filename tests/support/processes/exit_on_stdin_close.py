"""A watch on standard input, with which an application under test exits when the test run ends or is killed."""

import os
import signal
import threading


def exit_when_stdin_closes() -> None:
    """Terminate this process when its standard input closes; the test run holds the other end."""
    threading.Thread(target=_terminate_at_end_of_stdin, daemon=True).start()


def _terminate_at_end_of_stdin() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
