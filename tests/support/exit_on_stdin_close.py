"""For the applications under test: they end with the test run, even with one that is killed."""

import os
import signal
import threading


def end_with_standard_input() -> None:
    """Have this process end when its standard input closes, the other end of which the test run holds."""
    threading.Thread(target=wait_for_end, daemon=True).start()


def wait_for_end() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
