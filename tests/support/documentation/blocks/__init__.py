"""The code blocks of README and docs: each one is run as its reader would, or claimed by another test.

`markdown.py` reads the blocks of a page, `page_run.py` runs them in order, and `languages.py` names what runs each
language. `claims.py` lists the blocks that are tested elsewhere, and those that are skipped.
"""
