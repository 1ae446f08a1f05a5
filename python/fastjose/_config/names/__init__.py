"""The names of settings: of environment variables, and of what an application in code passes."""
