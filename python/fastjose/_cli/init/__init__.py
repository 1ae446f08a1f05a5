"""The files that `fastjose init` writes, and how it writes them without overwriting any."""
