"""One service that is nothing but a WSGI application.

usage: wsgi.py <module:attribute> <service> <port> <threads>
"""

import importlib
import sys

target, service, port, threads = sys.argv[1:5]
# The services read the command line themselves and would take those of devcloud for theirs.
sys.argv = [service]
module, attribute = target.split(":")
application = getattr(importlib.import_module(module), attribute)

import serving  # noqa: E402  (some services must be imported before anything else has read the configuration)

serving.serve(application, service, port, threads)
