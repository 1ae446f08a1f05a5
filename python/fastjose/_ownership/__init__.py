"""Repositories and sessions that reach the rows of one owner; `fastjose.sqlmodel` is their public module."""
