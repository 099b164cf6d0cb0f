"""The services of OpenStack that Magi asks: how each one is found, in which version, and what its ids look like.

The session, the doctor and the rights follow from it: a kind of another service needs a row here, and one for its API
in `requirements.py`. How a listing is paged is said by the listing itself (`Listing.page`). Data only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COMPUTE_MICROVERSION = "2.79"
"""The newest thing used is the flavor's name in a server (2.47), tags at create (2.52), user data in a rebuild (2.57),
extra specs in the list of flavors (2.61) and a server group's single policy (2.64); 2.79 is what clouds since Train
(2019) have."""

VOLUME_MICROVERSION = "3.59"
"""The newest thing used is growing a volume that a server has (3.42); 3.59 is what clouds since Train (2019) have."""


@dataclass(frozen=True, slots=True)
class Service:
    """``type``: its name in the catalog; ``project``: that of OpenStack which makes it, as policy files name it.

    ``version``: the path of the version that is asked; ``microversion``: the one that every request asks for, "" where
    the service has none. ``ids``: a pattern of its ids, before they become part of a URL.
    """

    type: str
    project: str
    version: str
    microversion: str = ""
    ids: str = r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}"

    def under_version(self, path: str) -> str:
        """A path of a request without the version, which some APIs have in their paths."""
        return path.removeprefix(self.version)


SERVICES: Mapping[str, Service] = {
    service.type: service
    for service in (
        Service("network", "neutron", "/v2.0"),
        Service(
            "compute",
            "nova",
            "/v2.1",
            microversion=COMPUTE_MICROVERSION,
            ids=r"[0-9A-Za-z_][0-9A-Za-z ._@-]{0,254}",  # flavors and keypairs have ids that people chose
        ),
        Service("image", "glance", "/v2"),
        Service("block-storage", "cinder", "/v3", microversion=VOLUME_MICROVERSION),
    )
}
"""By type, in the order in which they are shown."""
