"""`fastjose explain`: the way of a credential through the checks of an application."""
