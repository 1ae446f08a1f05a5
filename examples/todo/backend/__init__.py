"""A to-do list with owners: the application that shows `fastjose.auth` at work."""
