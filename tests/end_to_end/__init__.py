"""Rotation and outage under load: a real Better Auth, an app that trusts it, and everything that either may send.

    python -m end_to_end            the run of `make end_to_end`: fastjose, then its peers

Better Auth makes a new key every two seconds, without announcing it; old keys leave its JWKS after a while. The app,
under uvicorn in a process of its own, reaches it through a proxy that goes down twice. Load comes at a constant rate
and is drawn from valid tokens, old and new, and from hostile ones.

    issuer.py     Better Auth, asked past the proxy            proxy.py    what the app sees of it
    stock.py      the tokens that can be drawn                 hostile.py  those that must never be accepted
    load.py       what is sent, and when                       client.py   HTTP for all of them
    ledger.py     the judgement of each answer: pure           report.py   the figures, from the judged answers
    libraries.py  the apps that are compared                   run.py      one run against one app
"""
