"""The to-do application on python-jose: `examples/todo` with the specified code in the place of `fastjose.auth`."""

import importlib
import sys

import benches.support.python_jose_auth as specified

sys.modules["backend.dependencies.auth"] = specified  # the routes, imported below, import it from there

app = importlib.import_module("served_todo_app").app
