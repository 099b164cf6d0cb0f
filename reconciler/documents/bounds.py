"""What is said where documents would be too many or too large, before anything is made of them."""

from __future__ import annotations

from reconciler.documents.checking.dependencies import DEPENDENCIES_FACTOR
from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.vnfs import waits_of_servers
from reconciler.documents.choosing.choices import waits_of
from reconciler.documents.words import NetworkService, NetworkServiceSet
from reconciler.model import Problem

_DIVIDE = "divide the service, or raise limits.serviceResources"


def too_many_members(document: NetworkServiceSet, own: int, count: int, allowed: int) -> Problem:
    """``document``: the set with which there are too many, ``own`` of them its own."""
    others = f", {count:,} with those of other sets" if count > own else ""
    message = f"the set would have {own:,} members{others}; at most {allowed:,} are allowed"
    hint = "generate fewer members, divide the repository, or raise limits.documents"
    return document.spec.at("generator").problem(message, hint)


def too_large_members(document: NetworkServiceSet, own: int, size: int, allowed: int) -> Problem:
    """``document``: the set with which there is too much, ``own`` bytes of it its own."""
    message = (
        f"the members of the set would have about {own:,} bytes, which makes {size:,} with the YAML files and other "
        f"sets; at most {allowed:,} are allowed"
    )
    hint = "make the template or what it is filled with smaller, divide the repository, or raise limits.bytes"
    return document.spec.at("generator").problem(message, hint)


def too_large_template(document: NetworkService, own: int, size: int, allowed: int) -> Problem:
    """``document``: the service with which there is too much, ``own`` bytes of it its own."""
    message = (
        f"with its template, the service would have about {own:,} bytes, which makes {size:,} with the YAML files, "
        f"sets and other services; at most {allowed:,} are allowed"
    )
    hint = "make the template or its values smaller, divide the repository, or raise limits.bytes"
    return document.spec.at("template").problem(message, hint)


def too_large_values(document: NetworkService, own: int, size: int, allowed: int) -> Problem:
    """``document``: the service with which there is too much, ``own`` bytes of it its own."""
    message = (
        f"with the parameters of the service, the values of its VNFs would have about {own:,} bytes, which makes "
        f"{size:,} with the YAML files, sets and other services; at most {allowed:,} are allowed"
    )
    hint = "make the parameters smaller, name them less often, divide the repository, or raise limits.bytes"
    return document.spec.at("parameters").problem(message, hint, key=True)


def too_much_to_write_out(document: NetworkService, instances: int, allowed: int) -> Problem | None:
    """``instances``: of VNFs and access points, which a service has once they are written out."""
    message, hint = "", f"look for a count that is too large, {_DIVIDE}"
    if instances > allowed:
        counted = f"the service has {instances:,} instances of VNFs and their access points"
        message = f"{counted}; at most {allowed:,} are allowed"
    elif (waits := waits_of(document)) > DEPENDENCIES_FACTOR * allowed:
        message, hint = _too_many_waits(waits, allowed)
    return document.spec.at("vnfs").problem(message, hint) if message else None


def _too_many_waits(waits: int, allowed: int) -> tuple[str, str]:
    most = DEPENDENCIES_FACTOR * allowed
    message = f"instances of the service's VNFs wait for others {waits:,} times; at most {most:,} are allowed"
    return message, f"let fewer VNFs depend on large ones, {_DIVIDE}"


def check_size(draft: ServiceDraft, allowed: int) -> None:
    """Notes that a service has too many resources."""
    if draft.size > allowed:
        message = f"the service has {draft.size:,} resources; at most {allowed:,} are allowed"
        draft.problems.report(draft.spec.at("vnfs"), message, f"look for a count that is too large, {_DIVIDE}")
    elif (waits := waits_of_servers(draft)) > DEPENDENCIES_FACTOR * allowed:
        draft.problems.report(draft.spec.at("vnfs"), *_too_many_waits(waits, allowed))


def too_many_resources(document: NetworkService, allowed: int) -> Problem:
    """``document``: the service with which there are too many."""
    message = f"with this service there are more than {allowed:,} resources, which are all that is allowed"
    hint = "look for a count or a list that is too long, divide the repository, or raise limits.resources"
    return document.metadata.at("name").problem(message, hint)
