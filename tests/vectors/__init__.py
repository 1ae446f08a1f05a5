"""Third-party vectors through every function that verifies or decrypts a token.

The vectors are read from `shared/vectors` beside the project and are not part of it. If they are missing, the tests are
skipped. `scores/` has the vector sets, the functions, and the command `make vector-scores`.
"""
