"""What everything that starts servers of its own needs."""

import signal
import socket
import sys


def leave_by_signals() -> None:
    """Make SIGTERM and a closed terminal run every `finally`.

    Ctrl-C is left to whatever runs on the services.
    """
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda number, _frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, lambda *_: None)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
