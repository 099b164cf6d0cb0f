"""How the tests are spread over processes, what those start with, and how long they may take."""

import os
import signal

pytest_plugins = ["tests.budget"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has what it starts in the background ignore it, and so would all that the tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Three times as many as there are processors: a test waits for servers, clouds and commands most of its time."""
    return min(3 * (os.cpu_count() or 1), 16)
