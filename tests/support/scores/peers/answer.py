"""Answers the questions on standard input with one library: `python -m support.scores.peers.answer NAME`."""

from __future__ import annotations

import base64
import importlib
import json
import sys
import warnings
from typing import Any

from support.scores.peers.question import Inexpressible, Peer, Verification


def answer(peer: Peer, question: dict[str, Any]) -> list[str]:
    """Return the verdict and its reason. An error of the preparation is a rejection: the program sees it at start."""
    known = sorted(set(question["algorithms"]) & set(peer.algorithms))
    if question["algorithms"] and not known:
        return ["inexpressible", "algorithms"]
    token = base64.b64decode(question["token"])
    try:
        verify = peer.prepare({**question, "algorithms": [name for name in question["algorithms"] if name in known]})
    except Inexpressible as reason:
        return ["inexpressible", str(reason)]
    except Exception as error:  # noqa: BLE001 - whatever the library raises
        return ["rejected", f"at start: {type(error).__name__}"]
    return verify_token(peer, verify, token)


def verify_token(peer: Peer, verify: Verification, token: bytes) -> list[str]:
    """Return the verdict of a verification. A panic of Rust is a `BaseException`."""
    try:
        text = token.decode() if peer.takes_text else token
    except UnicodeDecodeError:
        return ["inexpressible", "bytes"]
    try:
        verify(text)
    except peer.errors as error:
        return ["rejected", type(error).__name__]
    except BaseException as error:  # noqa: BLE001 - an exception that an application does not expect
        return ["foreign", type(error).__name__]
    return ["accepted", ""]


def main(name: str) -> None:
    """Print the version of the library and its answers."""
    warnings.simplefilter("ignore")
    module = importlib.import_module(f"support.scores.peers.{name}_peer")
    questions = json.load(sys.stdin)
    answers = {question["id"]: answer(module.PEER, question) for question in questions}
    json.dump({"version": module.PEER.version, "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
