"""Key rotation and issuer outage under load: a real Better Auth, an application that trusts it, and many clients.

    python -m end_to_end            the command of `make test-e2e`: fastjose, then the baselines

Better Auth creates a key every two seconds, without notice, and removes old keys from its JWKS after a while. The
application runs under uvicorn in a separate process. It reaches Better Auth through a proxy that goes down twice.
Requests are sent at a constant rate, with valid tokens, old and new, and with attack tokens.

    issuer.py          Better Auth, requested directly        proxy.py           the connection of the application to it
    tokens/            the tokens to choose from, and tokens that must never be accepted
    load_generator.py  the requests and their schedule        client.py          the HTTP client of all of them
    oracle.py          the verdict on each response: pure     report.py          the measurements, from the verdicts
    libraries.py       the compared applications              run.py             one run of one application
"""
