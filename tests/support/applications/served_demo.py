"""`examples/demo.py` as a program of a test: `python -m support.applications.served_demo --serve`.

It equals `make serve`, except that it exits when its standard input closes.
"""

import sys

import demo
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

if __name__ == "__main__":
    exit_when_stdin_closes()
    sys.exit(demo.main())
