"""The to-do application on python-jose: `examples/todo` with the reference code instead of `fastjose.auth`."""

import importlib
import sys

import benches.support.python_jose_auth as reference_auth

sys.modules["backend.dependencies.auth"] = reference_auth  # the routes, imported below, import it under this name

app = importlib.import_module("support.applications.served_todo_app").app
