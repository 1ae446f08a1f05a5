"""A to-do list with owners: an example application of `fastjose.auth`."""
