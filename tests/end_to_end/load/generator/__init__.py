"""The processes that send requests at a constant rate, or as fast as they are answered.

orders.py        what is sent, and what is reported              sender.py     the schedule of the requests
connections.py   connections with one request in flight each     process.py    the process
"""
