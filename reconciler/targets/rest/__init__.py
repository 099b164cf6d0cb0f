"""What targets with a REST API share: kinds of resources as data, what lists them and what is sent for them.

A type of target gives it its kinds, and a session that sends a `Request` and fetches a `Listing`. Pure: nothing here
talks to a target, and nothing knows one.
"""

from reconciler.targets.rest.kind import Kind, Named, S, requests_of
from reconciler.targets.rest.listing import UNKNOWN, Index, Listing, Single, scoped
from reconciler.targets.rest.paging import Page, Paging, Params, by_links, by_next, by_offset
from reconciler.targets.rest.request import EXISTS, GONE, Changes, Ids, Json, Request, body_with

__all__ = [
    "EXISTS",
    "GONE",
    "UNKNOWN",
    "Changes",
    "Ids",
    "Index",
    "Json",
    "Kind",
    "Listing",
    "Named",
    "Page",
    "Paging",
    "Params",
    "Request",
    "S",
    "Single",
    "body_with",
    "by_links",
    "by_next",
    "by_offset",
    "requests_of",
    "scoped",
]
