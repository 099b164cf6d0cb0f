"""The daemon's face to machines: metrics, health, a JSON API and webhooks, by Flask and waitress.

app       the whole application
api       the JSON API in it: errors, ETags
routes    each path of the API
answers   what each answers with
shapes    what is known, as JSON
schemas   the same in JSON Schema
openapi   the document that describes the API
query     what a request asks for
errors    what is wrong with it
hooks     webhooks
access    who is answered
listening sockets
listeners the servers of the daemon
serving   waitress in a thread
watched   what the daemon has to answer
"""

from reconciler.web.access import Access
from reconciler.web.app import make_app, make_health_app
from reconciler.web.listeners import Listeners
from reconciler.web.openapi import FILE_NAME, document_text, openapi_document
from reconciler.web.serving import Server
from reconciler.web.watched import Watched

__all__ = [
    "FILE_NAME",
    "Access",
    "Listeners",
    "Server",
    "Watched",
    "document_text",
    "make_app",
    "make_health_app",
    "openapi_document",
]
