"""The scores of this library on third-party vectors.

    python -m vectors.scores        the command of `make vector-scores`: a table of every function and vector set

    vector_sets.py     the cases of each set          signature_faces.py    functions that verify a token
    score.py           runs a set on a function       encryption_faces.py   the function that decrypts a token

To compare another library, write a function `(token, key) -> accepted` and pass it to `score.run_vectors`.
"""
