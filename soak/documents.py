"""What the repository holds."""

from __future__ import annotations

from collections.abc import Mapping

_HEAD = "apiVersion: magi/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"

DESCRIPTOR = (
    _HEAD.format(kind="VnfDescriptor", name="web")
    + """\
  connectionPoints: [{name: http}]
  securityGroups:
    - {name: http, rules: [{protocol: tcp, ports: 80, remote: 0.0.0.0/0}]}
  vdus:
    - name: web
      image: ubuntu-24.04
      flavor: m1.small
      interfaces: [{name: eth0, connectionPoint: http, securityGroups: [http]}]
"""
)
POLICY = _HEAD.format(kind="Policy", name="rails") + "  maxRemovedPercent: 100\n  maxShrinkPercent: 100\n"


def vim(name: str, cloud: str) -> str:
    return (
        _HEAD.format(kind="Vim", name=name)
        + f"  type: openstack\n  cloud: {cloud}\n  externalNetwork: public\n  api: {{requestsPerSecond: 1000}}\n"
    )


def network_service(name: str, place: str, cidr: str, instances: int = 0) -> str:
    """A link, and so many instances of the function on it, which are healed."""
    text = _HEAD.format(kind="NetworkService", name=name) + f"  vim: {place}\n"
    text += f"  virtualLinks: [{{name: lan, cidr: {cidr}, mtu: 1400}}]\n"
    if instances:
        text += "  healing: {ladder: [reboot, rebuild, replace], limit: 6, pause: 5s}\n"
        text += f"  vnfs: [{{name: web, descriptor: web, counts: {{web: {instances}}}, connect: {{http: lan}}}}]\n"
    return text


def beginning(site: str) -> Mapping[str, str]:
    """The first commit. ``site``: how the second VIM is called."""
    return {
        "policy.yaml": POLICY,
        "web.yaml": DESCRIPTOR,
        "paris.yaml": vim("paris", "paris"),
        "site.yaml": vim(site, "lyon"),
        "core.yaml": network_service("core", "paris", "10.1.0.0/24", 1),
        "blocked.yaml": network_service("blocked", "paris", "10.2.0.0/24"),
        "branch.yaml": network_service("branch", site, "10.3.0.0/24", 1),
    }
