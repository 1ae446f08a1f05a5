"""The memory of a process, searched from outside for secrets that should be gone.

process_memory.py  reads /proc/<pid>/mem      owner_process.py   the protocol with the process that is searched
owners.py          runs in that process: objects that own a secret, one after the other
garbage.py         finds the frames that a call leaves in reference cycles
wiping.py          wipes str and bytes objects of the test itself, which Python would leave in freed memory
"""
