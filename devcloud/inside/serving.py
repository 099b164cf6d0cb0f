"""Serve a WSGI application on loopback with plain threads, and write a line of JSON for each request.

Runs inside the virtual environment of the services, like everything in this folder; `devcloud` starts it.
"""

import json
import logging
import os
import time
import traceback
from pathlib import Path

import waitress

GO_SECONDS = 600


class RequestsLog:
    """WSGI middleware. One write a line to a file opened for appending: several processes may share it.

    `seconds` ends where the application has its answer ready; sending it is not counted.
    """

    def __init__(self, application, service, path):
        self._application = application
        self._service = service
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def __call__(self, environ, start_response):
        started, status = time.time(), 0

        def start(line, headers, *rest):
            nonlocal status
            status = int(line.split(" ", 1)[0])
            return start_response(line, headers, *rest)

        # Applications rewrite the environment while they route.
        method, path = environ["REQUEST_METHOD"], environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        query, agent = environ.get("QUERY_STRING", ""), environ.get("HTTP_USER_AGENT", "")
        try:
            return self._application(environ, start)
        finally:
            entry = {
                "time": round(started, 3),
                "service": self._service,
                "method": method,
                "path": path,
                "query": query,
                "status": status,
                "seconds": round(time.time() - started, 4),
                "user_agent": agent,
            }
            os.write(self._file, (json.dumps(entry) + "\n").encode())


def serve(application, service, port, threads):
    """Serve until the process is asked to end."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    path = os.environ.get("DEVCLOUD_REQUESTS_LOG")
    waitress.serve(
        RequestsLog(application, service, path) if path else application,
        host="127.0.0.1",
        port=int(port),
        threads=int(threads),
        channel_timeout=300,
        connection_limit=1000,
        ident=None,
        clear_untrusted_proxy_headers=True,
    )


def wait_for_go(path):
    """Return once the file is there: the services that are logged in to at the start are up by then."""
    end = time.monotonic() + GO_SECONDS
    while not Path(path).exists():
        if time.monotonic() > end:
            raise SystemExit("the rest of the cloud did not come up")
        time.sleep(0.1)


def leave(log, what):
    """End the process with all its threads, after an exception has ended the main one."""
    log.critical("%s stops:\n%s", what, traceback.format_exc())
    logging.shutdown()
    os._exit(1)
