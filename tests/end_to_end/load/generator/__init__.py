"""The processes that send requests at a constant rate, or as fast as they are answered.

orders.py     what a process is told to send, and what it reports        sender.py     the schedule of the requests
connections.py  connections with one request in flight each              process.py    the process
"""
