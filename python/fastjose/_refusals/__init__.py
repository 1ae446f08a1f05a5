"""Refusals: the responses to requests that are not authenticated, or not authorized, in terms of no framework."""
