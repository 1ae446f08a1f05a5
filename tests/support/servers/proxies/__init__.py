"""A real nginx in front of a real uvicorn."""
