"""How each library verifies a token, as its documentation recommends. They are imported in `.venv-peers`."""
