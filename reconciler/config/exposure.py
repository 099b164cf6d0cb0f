"""Who may ask the daemon, by its settings; and what its operator should know of that."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.config.addresses import ANY_HOST, LOOPBACK_HOSTS, plain_host
from reconciler.config.sections import Config


def allowed_hosts(config: Config) -> frozenset[str] | None:
    """What a Host header may name; None: anything."""
    address = config.address
    if config.allowed_hosts:
        named = config.allowed_hosts
    elif address.socket_file or address.is_everywhere:
        return None
    else:
        named = (address.host,)
    if ANY_HOST in named:
        return None
    return LOOPBACK_HOSTS | {host for one in named if (host := plain_host(one))}


def is_anonymous(config: Config) -> bool:
    """Whether the API answers who sends no token."""
    if config.api.anonymous == "auto":
        return config.address.is_local and config.api.tokens_file is None
    return config.api.anonymous == "all"


def exposure_warnings(config: Config) -> Iterator[str]:
    """What is allowed, and perhaps not meant."""
    address = config.address
    if address.is_everywhere and not config.allowed_hosts:
        yield (
            f"listen is {address}, which is every address of this machine, and allowedHosts is not set: any Host "
            "header is taken, also that of a web page which a browser was lured to; set allowedHosts to the names of "
            "this daemon"
        )
    if is_anonymous(config) and not address.is_local:
        yield (
            f"api.anonymous is all, and listen is {address}: who reaches that may read everything about all services; "
            "set api.tokensFile and leave api.anonymous out, or let no one reach it who may not"
        )
    if not is_anonymous(config) and not config.api.tokens_file:
        yield (
            f"listen is {address}, and there is no api.tokensFile: the API answers no one, health and metrics "
            "everyone; set api.tokensFile, or api.anonymous: all"
        )
