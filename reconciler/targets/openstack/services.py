"""The services of OpenStack that Magi asks: how each one is found, in which version, and what its ids look like.

The session, the doctor, the rights, the requirements and the pre-flight checks of quotas follow from it: a kind of
another service needs a row here, and nothing else. How a listing is paged is said by the listing itself
(`Listing.page`). Data only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

UNKNOWN_WITHOUT = "the VIM can't be observed, so nothing is planned or changed there"

COMPUTE_MICROVERSION = "2.79"
"""The newest thing used is the flavor's name in a server (2.47), tags at create (2.52), user data in a rebuild (2.57),
extra specs in the list of flavors (2.61) and a server group's single policy (2.64); 2.79 is what clouds since Train
(2019) have."""

VOLUME_MICROVERSION = "3.59"
"""The newest thing used is growing a volume that a server has (3.42); 3.59 is what clouds since Train (2019) have."""


class Use(NamedTuple):
    """What something of a service is for, and what happens without it. ``optional``: some VIMs do without."""

    purpose: str
    without: str = UNKNOWN_WITHOUT
    optional: bool = False


class QuotaAttributes(NamedTuple):
    """Which attributes of an answer have the limit of a quota, and how much of it is used.

    ``used`` "": the service does not report that, and it is what the listing of the kind has.
    """

    limit: str
    used: str


@dataclass(frozen=True, slots=True)
class QuotaReport:
    """One way in which a service reports the quotas of a project.

    ``path`` has ``{project}`` where the id of the project belongs; ``within``: the attributes of the answer that lead
    to the quotas. ``extension``: the one that it needs, "" for none. ``attributes``: by the names that people know
    quotas by; empty where those are the names of the quotas that kinds declare, each of which has its ``limit`` and its
    ``used`` if ``with_use``, and else is its limit.
    """

    path: str
    within: tuple[str, ...]
    attributes: Mapping[str, QuotaAttributes] = field(default_factory=dict)
    with_use: bool = True
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """``type``: its name in the catalog; ``project``: that of OpenStack which makes it, as policy files name it.

    ``version``: the path of the version that is asked, and ``use`` what for; ``microversion``: the one that every
    request asks for, "" where the service has none, and ``microversion_use`` what for. ``ids``: a pattern of its ids,
    before they become part of a URL. ``quotas``: how it reports them, of which the first way counts that the cloud
    has; none where it has no quotas that Magi counts.
    """

    type: str
    project: str
    version: str
    use: Use
    microversion: str = ""
    microversion_use: Use | None = None
    ids: str = r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}"
    quotas: tuple[QuotaReport, ...] = ()

    def under_version(self, path: str) -> str:
        """A path of a request without the version, which some APIs have in their paths."""
        return path.removeprefix(self.version)


SERVICES: Mapping[str, Service] = {
    service.type: service
    for service in (
        Service(
            "network",
            "neutron",
            "/v2.0",
            Use("networks, subnets, routers, ports, floating IPs, security groups"),
            quotas=(
                QuotaReport("/v2.0/quotas/{project}/details.json", ("quota",), extension="quota_details"),
                QuotaReport("/v2.0/quotas/{project}", ("quota",), with_use=False, extension="quotas"),
            ),
        ),
        Service(
            "compute",
            "nova",
            "/v2.1",
            Use("servers, server groups, keypairs, flavors"),
            microversion=COMPUTE_MICROVERSION,
            microversion_use=Use(
                "flavors as servers have them, tags at creation, user data in a rebuild, one policy a server group"
            ),
            ids=r"[0-9A-Za-z_][0-9A-Za-z ._@-]{0,254}",  # flavors and keypairs have ids that people chose
            quotas=(
                QuotaReport(
                    "/limits",
                    ("limits", "absolute"),
                    {
                        "instances": QuotaAttributes("maxTotalInstances", "totalInstancesUsed"),
                        "cores": QuotaAttributes("maxTotalCores", "totalCoresUsed"),
                        "ram (MiB)": QuotaAttributes("maxTotalRAMSize", "totalRAMUsed"),
                        "key pairs": QuotaAttributes("maxTotalKeypairs", ""),
                        "server groups": QuotaAttributes("maxServerGroups", "totalServerGroupsUsed"),
                    },
                ),
            ),
        ),
        Service("image", "glance", "/v2", Use("finding images by name, uploading those of descriptors")),
        Service(
            "block-storage",
            "cinder",
            "/v3",
            Use(
                "volumes of VDUs, to boot from and for data",
                "a VDU can't have volumes: what needs one is blocked and says why, all else works",
                optional=True,
            ),
            microversion=VOLUME_MICROVERSION,
            microversion_use=Use(
                "growing a volume while a server has it",
                "where volumes are declared or exist, the VIM can't be observed; all else works",
                optional=True,
            ),
            quotas=(
                QuotaReport(
                    "/limits",
                    ("limits", "absolute"),
                    {
                        "volumes": QuotaAttributes("maxTotalVolumes", "totalVolumesUsed"),
                        "gigabytes": QuotaAttributes("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
                    },
                ),
            ),
        ),
    )
}
"""By type, in the order in which they are shown."""
