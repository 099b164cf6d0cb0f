"""A member of a group in a process of its own: notes each write that it may do in a ledger that all share.

usage: python -m tests.coordination.sharing_member NAME URL LEDGER
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from reconciler.coordination import TargetId, open_members

TARGETS = [f"vim-{number:02}" for number in range(60)]
LEASE = 5.0


def main(name: str, url: str, ledger: str) -> None:
    members = open_members(url, "magi", LEASE)
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    served: frozenset[str] = frozenset()
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())

    def note(*words: object) -> None:
        os.write(file, " ".join(map(str, (time.monotonic(), name, *words))).encode() + b"\n")

    def share(_again: frozenset[TargetId]) -> None:
        nonlocal served
        before, served = served, members.mine("default", TARGETS)
        for target in before - served:
            members.give_back("default", target)

    members.join(share)
    while not ending.wait(0.2):
        written = 0
        for target in sorted(served):
            if not members.refusal("default", target, members.grant("default", target)):
                note("wrote", target)
                written += 1
        note("observed", len(served), written)
    members.close(ended=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
