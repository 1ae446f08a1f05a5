"""What restricts a session to one owner: its events, and the checks of statements and objects."""
