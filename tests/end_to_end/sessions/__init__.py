"""Sessions, cookies and API keys end to end: a real Better Auth, its stores, and an application under uvicorn.

    python -m end_to_end.sessions            the command of `make test-e2e-sessions`

Better Auth makes and ends every session. The verdict on a response comes from Better Auth too: from the log of the
actions that it confirmed, and from questions to it before and after a request. The code under test is never asked.

    settings.py      the combinations under test          stage.py       the processes of one combination
    better_auth.py   users and sessions, by HTTP          credentials.py what a client sends for a session
    cases.py         every verdict once                   load.py        many verdicts under load, with outages
    oracle.py        which response is correct: pure      report.py      the figures
    api_keys.py      API keys in the place of sessions    tcp_proxy.py   the connection of the application to its store
"""
