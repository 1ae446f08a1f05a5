"""The garbage collector of the applications, as docs/deployment/servers.md sets it."""

import gc
import os


def tune_collector() -> None:
    """Collect rarely, and leave out what is there at the start. `LOAD_DEFAULT_COLLECTOR` keeps CPython's defaults."""
    if os.environ.get("LOAD_DEFAULT_COLLECTOR"):
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
