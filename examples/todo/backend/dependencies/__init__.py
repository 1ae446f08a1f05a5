"""What routes ask FastAPI for."""
