"""What Git asks for: small network services of every shape, their documents, and the changes that a commit makes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import yaml

Json = dict[str, Any]
ADDRESSES, ROUTES, MARKING = "addresses", "routes", "marking"
LATER_SHAPES = (ADDRESSES, ROUTES, MARKING)
"""Rules that name an address group, a router with a static route, and packets that are marked. They are drawn apart, so
that seeds from before they came are the same histories.
"""
SHAPES = ("access", "volumes", "boot", "trunk", "group", "upload", "keypair", "placed")
"""What a service may have besides a link, a security group and its instances."""
ADMIN_SHAPES = ("qos", "sizing")
"""What by default policy takes an administrator."""
IMAGES = ("debian-12", "ubuntu-22.04", "ubuntu-24.04")
FLAVORS = ("m1.tiny", "m1.small")
NAMES = ("amber", "birch", "cedar", "delta", "ember", "flint", "grove", "heron", "iris", "jade")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP7rcLWnqLyTgePcFJ2XGb1Gf37AL+xZJXyxjGIvGZNN"
UPLOADS = {f"disk-{number}.raw": f"what instances boot from, {number}" for number in range(3)}
"""The image files on the host, and what is in them."""


@dataclass(frozen=True, slots=True)
class Service:
    """One network service. ``net``: the third byte of its CIDR; ``text``: what differs in the user data."""

    name: str
    vim: str
    shapes: frozenset[str]
    net: int
    count: int = 1
    mtu: int = 1400
    ports: tuple[int, ...] = (22,)
    image: str = IMAGES[0]
    flavor: str = FLAVORS[0]
    text: int = 0
    gigabytes: int = 1
    vlan: int = 30
    kbps: int = 1000
    upload: int = 0
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """All of a repository. ``rows``: of a set of services, their CIDR's third byte by name. ``timeout``: seconds that
    Magi waits for an answer. ``plain``: without what the oldest documents did not know.
    """

    vims: tuple[str, ...]
    clouds: tuple[str, ...]
    services: tuple[Service, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()
    net: int = 1
    timeout: int = 4
    plain: bool = False

    def files(self) -> dict[str, str]:
        """The files of the repository: path to text."""
        found = {"vims.yaml": _text(*map(self._vim, self.vims, self.clouds)), "policy.yaml": _text(self._policy())}
        for service in self.services:
            found[f"services/{service.name}.yaml"] = _text(_descriptor(service), self._service(service))
        if self.rows:
            gateway = Service("edge-gateway", "", frozenset(), 0)
            found["edge.yaml"] = _text(_descriptor(gateway), self._set())
        return found

    def back_to(self, past: Wishes) -> Wishes:
        """What was asked for before, but for volumes that would have to shrink."""
        sizes = {service.name: service.gigabytes for service in self.services}
        kept = (replace(one, gigabytes=max(one.gigabytes, sizes.get(one.name, 0))) for one in past.services)
        return replace(past, services=tuple(kept), net=self.net)

    def unsuspended(self) -> Wishes:
        return replace(self, services=tuple(replace(one, suspended=False) for one in self.services))

    def _vim(self, name: str, cloud: str) -> Json:
        budget = {"concurrency": 8, "requestsPerSecond": 200, "timeout": self.timeout}
        spec = {"type": "openstack", "cloud": cloud, "externalNetwork": "public", "api": budget, "makeFlavors": True}
        return _document("Vim", name, spec, {"site": name})

    def _policy(self) -> Json:
        spec: Json = {"changes": {"replace": "allow", "disruptive": "allow"}}
        return _document("Policy", "torture", spec if self.plain else spec | {"maxRemovedPercent": 100})

    def _service(self, service: Service) -> Json:
        has = service.shapes.__contains__
        vnf: Json = {"name": "fw", "descriptor": service.name, "connect": {"inside": "lan"}}
        if has("placed"):
            vnf |= {"count": service.count, "placement": {"vims": list(self.vims)}}
        else:
            vnf |= {"counts": {"fw": service.count}}
        link: Json = {"name": "lan", "cidr": f"10.8.{service.net}.0/24", "mtu": service.mtu}
        if has("placed"):
            link["onEachVim"] = True
        spec: Json = {"vim": service.vim, "virtualLinks": [link], "vnfs": [vnf]}
        if service.suspended:
            spec["suspend"] = True
        if has(ROUTES):
            route = {"destination": "10.64.0.0/16", "nextHop": f"10.8.{service.net}.254"}
            spec["routers"] = [{"name": "inner", "virtualLinks": ["lan"], "routes": [route]}]
        if has("access"):
            login = {"vnf": "fw", "name": "inside"}
            spec["accessPoints"] = [
                {"name": "internet", "virtualLink": "lan"},
                {"name": "login", "connectionPoint": login},
            ]
        return _document("NetworkService", service.name, spec)

    def _set(self) -> Json:
        template = {
            "metadata": {"name": "edge-{{ row.name }}"},
            "spec": {
                "vim": self.vims[0],
                "virtualLinks": [{"name": "lan", "cidr": "10.9.{{ row.net }}.0/24", "mtu": 1400}],
                "vnfs": [{"name": "gw", "descriptor": "edge-gateway", "connect": {"inside": "lan"}}],
            },
        }
        rows = [{"name": name, "net": str(net)} for name, net in self.rows]
        return _document("NetworkServiceSet", "edge", {"template": template, "generator": {"list": rows}})


def _descriptor(service: Service) -> Json:
    has = service.shapes.__contains__
    remote = {"remoteAddressGroup": "offices"} if has(ADDRESSES) else {"remote": "10.0.0.0/8"}
    rules = [{"protocol": "tcp", "ports": port} | remote for port in service.ports]
    inside: Json = {"name": "eth0", "connectionPoint": "inside", "securityGroups": ["inside"]}
    vdu: Json = {
        "name": "fw",
        "image": service.image,
        "metadata": {"role": service.name},
        "userData": {"inline": f"#cloud-config\nmanage_etc_hosts: true\n# {service.text}\n"},
        "interfaces": [inside],
    }
    spec: Json = {
        "connectionPoints": [{"name": "inside"}],
        "securityGroups": [{"name": "inside", "rules": rules}],
        "vdus": [vdu],
    }
    if has(ADDRESSES):
        offices = ["192.0.2.7/32", *(f"10.{port % 256}.0.0/16" for port in service.ports)]
        spec["addressGroups"] = [{"name": "offices", "addresses": offices}]
    if has("sizing"):
        memory = 512 if service.flavor == FLAVORS[0] else 768
        vdu["sizing"] = {"vcpus": 1, "memory": memory, "disk": 3}
    else:
        vdu["flavor"] = service.flavor
    if has("volumes"):
        vdu["volumes"] = [{"name": "data", "size": service.gigabytes}]
    if has("boot"):
        vdu["bootVolume"] = {"size": 3}
    if has("group"):
        vdu["affinity"] = "soft-anti-affinity"
    if has("keypair"):
        spec["keyPairs"] = [{"name": "operator", "publicKey": KEY}]
        vdu["keyPair"] = "operator"
    if has("trunk"):
        spec["virtualLinks"] = [
            {"name": "fabric", "mtu": 1300, "subnets": [{"cidr": "192.168.30.0/24", "gateway": False}]}
        ]
        sub = {"interface": "eth0", "vlan": service.vlan}
        vdu["interfaces"].append({"name": "fabric", "virtualLink": "fabric", "subportOf": sub})
    if has("qos"):
        policy: Json = {"name": "capped", "egress": {"maxKbps": service.kbps}}
        spec["qosPolicies"] = [policy | ({"dscpMark": 26} if has(MARKING) else {})]
        inside["qosPolicy"] = "capped"
    if has("upload"):
        name, content = sorted(UPLOADS.items())[service.upload]
        checksum = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
        spec["softwareImages"] = [{"name": "own", "file": name, "checksum": checksum, "diskFormat": "raw"}]
        vdu["image"] = "own"
    return _document("VnfDescriptor", service.name, spec)


def _document(kind: str, name: str, spec: Json, labels: Json | None = None) -> Json:
    metadata: Json = {"name": name} | ({"labels": labels} if labels else {})
    return {"apiVersion": "magi/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(*documents: Json) -> str:
    return yaml.dump_all(documents, Dumper=_Plain, sort_keys=False)


Move = Callable[[Wishes, Random], Wishes | None]
"""A change of what Git asks for; None where there is nothing to change so."""


def first_wishes(dice: Random, empty: Wishes, *, admin: bool) -> Wishes:
    """Three services."""
    wishes = empty
    for _ in range(3):
        wishes = _added(wishes, dice, admin=admin)
    return wishes


def _added(wishes: Wishes, dice: Random, *, admin: bool) -> Wishes:
    free = [name for name in NAMES if name not in {service.name for service in wishes.services}]
    shapes = SHAPES if len(wishes.vims) > 1 else SHAPES[:-1]
    known = [*shapes, *(ADMIN_SHAPES if admin else ())]
    drawn = set(dice.sample(known, dice.randint(0, 3)))
    if "placed" in drawn:
        # Floating IPs of a VNF with a count have names of their own, and a trunk on each VIM says nothing new.
        drawn -= {"access", "trunk"}
    name = dice.choice(free)
    if not wishes.plain:
        drawn |= _later_shapes(f"{name} {wishes.net}", drawn)
    one = Service(
        name,
        dice.choice(wishes.vims),
        frozenset(drawn),
        wishes.net,
        dice.randint(1, 2),
        image=dice.choice(IMAGES),
    )
    return replace(wishes, services=(*wishes.services, one), net=wishes.net + 1)


def _later_shapes(seed: str, drawn: Collection[str]) -> set[str]:
    found = {shape for shape in LATER_SHAPES if Random(f"{shape} {seed}").random() < 0.4}
    # An access point at a link is its router; only an administrator may make a QoS policy.
    impossible = ({ROUTES} if {"access", "placed"} & set(drawn) else set()) | (set() if "qos" in drawn else {MARKING})
    return found - impossible


def _one(wishes: Wishes, dice: Random, *shapes: str) -> int | None:
    """The place of a service of one of these shapes, or of any."""
    fits = [n for n, service in enumerate(wishes.services) if not shapes or service.shapes & set(shapes)]
    return dice.choice(fits) if fits else None


def _with(wishes: Wishes, at: int | None, **changes: Any) -> Wishes | None:
    if at is None:
        return None
    services = list(wishes.services)
    services[at] = replace(services[at], **changes)
    return replace(wishes, services=tuple(services))


def add(wishes: Wishes, dice: Random) -> Wishes | None:
    return _added(wishes, dice, admin=wishes.clouds[0].endswith("-admin")) if len(wishes.services) < 5 else None


def remove(wishes: Wishes, dice: Random) -> Wishes | None:
    if len(wishes.services) < 3:
        return None
    gone = dice.randrange(len(wishes.services))
    return replace(wishes, services=tuple(one for n, one in enumerate(wishes.services) if n != gone))


def rename(wishes: Wishes, dice: Random) -> Wishes | None:
    free = [name for name in NAMES if name not in {service.name for service in wishes.services}]
    at = _one(wishes, dice)
    renamed = _with(wishes, at, name=dice.choice(free), net=wishes.net)
    return renamed and replace(renamed, net=wishes.net + 1)


def scale_out(wishes: Wishes, dice: Random) -> Wishes | None:
    at = _one(wishes, dice)
    return None if at is None else _with(wishes, at, count=min(4, wishes.services[at].count + dice.randint(1, 2)))


def scale_in(wishes: Wishes, dice: Random) -> Wishes | None:
    at = _one(wishes, dice)
    return None if at is None else _with(wishes, at, count=max(0, wishes.services[at].count - 1))


def another_cidr(wishes: Wishes, dice: Random) -> Wishes | None:
    changed = _with(wishes, _one(wishes, dice), net=wishes.net)
    return changed and replace(changed, net=wishes.net + 1)


def scale_out_and_another_cidr(wishes: Wishes, dice: Random) -> Wishes | None:
    """The roll of a link over more instances than there are."""
    fits = [n for n, service in enumerate(wishes.services) if "placed" not in service.shapes and service.count]
    if not fits:
        return None
    at = dice.choice(fits)
    changed = _with(wishes, at, net=wishes.net, count=wishes.services[at].count + 1)
    return changed and replace(changed, net=wishes.net + 1)


def another_mtu(wishes: Wishes, dice: Random) -> Wishes | None:
    return _with(wishes, _one(wishes, dice), mtu=dice.choice((1350, 1380, 1400)))


def other_rules(wishes: Wishes, dice: Random) -> Wishes | None:
    drawn = tuple(sorted(dice.sample((22, 53, 80, 443, 8080, 9000), dice.randint(0, 4))))
    return _with(wishes, _one(wishes, dice), ports=drawn)


def another_image(wishes: Wishes, dice: Random) -> Wishes | None:
    return _with(wishes, _one(wishes, dice), image=dice.choice(IMAGES), upload=dice.randrange(len(UPLOADS)))


def another_text(wishes: Wishes, dice: Random) -> Wishes | None:
    return _with(wishes, _one(wishes, dice), text=dice.randrange(1000))


def another_flavor(wishes: Wishes, dice: Random) -> Wishes | None:
    return _with(wishes, _one(wishes, dice), flavor=dice.choice(FLAVORS))


def larger_volumes(wishes: Wishes, dice: Random) -> Wishes | None:
    at = _one(wishes, dice, "volumes")
    return None if at is None else _with(wishes, at, gigabytes=wishes.services[at].gigabytes + 1)


def another_vlan(wishes: Wishes, dice: Random) -> Wishes | None:
    return _with(wishes, _one(wishes, dice, "trunk"), vlan=dice.randint(30, 40))


def another_bandwidth(wishes: Wishes, dice: Random) -> Wishes | None:
    return _with(wishes, _one(wishes, dice, "qos"), kbps=dice.choice((1000, 2000, 3000)))


def more_rows(wishes: Wishes, dice: Random) -> Wishes | None:
    if len(wishes.rows) > 4:
        return None
    number = wishes.net + dice.randint(0, 2)
    return replace(wishes, rows=(*wishes.rows, (f"site-{number}", number)), net=number + 1)


def fewer_rows(wishes: Wishes, dice: Random) -> Wishes | None:
    if not wishes.rows:
        return None
    gone = dice.randrange(len(wishes.rows))
    return replace(wishes, rows=tuple(row for n, row in enumerate(wishes.rows) if n != gone))


def suspend(wishes: Wishes, dice: Random) -> Wishes | None:
    return _with(wishes, _one(wishes, dice), suspended=True)


def resume(wishes: Wishes, dice: Random) -> Wishes | None:
    held = [n for n, service in enumerate(wishes.services) if service.suspended]
    return _with(wishes, dice.choice(held), suspended=False) if held else None


MOVES: dict[str, tuple[Move, int]] = {
    move.__name__.replace("_", "-"): (move, weight)
    for move, weight in (
        (add, 4),
        (remove, 2),
        (rename, 1),
        (scale_out, 5),
        (scale_in, 3),
        (another_cidr, 3),
        (scale_out_and_another_cidr, 3),
        (another_mtu, 2),
        (other_rules, 4),
        (another_image, 2),
        (another_text, 2),
        (another_flavor, 2),
        (larger_volumes, 2),
        (another_vlan, 2),
        (another_bandwidth, 2),
        (more_rows, 2),
        (fewer_rows, 1),
        (suspend, 1),
        (resume, 3),
    )
}
"""By name; how often each comes beside the others."""


def allowed_removals(before: Wishes, after: Wishes) -> Callable[[str, str], bool]:
    """What one commit lets go: of which resources, by kind and name, one may be removed and made again.

    Coarse on purpose: what a cloud can't change in place goes with all that depends on it, and nothing else does.
    """
    was = {service.name: service for service in before.services}
    now = {service.name: service for service in after.services}
    lost = {name for name in was if name not in now or _elsewhere(was[name], now[name])}
    lost |= {f"edge-{name}" for name, net in before.rows if (name, net) not in after.rows}
    subnets = {name for name in was.keys() & now.keys() if was[name].net != now[name].net}
    booted = {
        name
        for name in was.keys() & now.keys()
        if "boot" in now[name].shapes and (was[name].image, was[name].upload) != (now[name].image, now[name].upload)
    }

    def may_go(kind: str, key: str) -> bool:
        service, _, rest = key.partition("/")
        if kind in {"image", "flavor"} or service in lost:
            return True
        if service in subnets and kind in {"subnet", "port", "plug", "router-interface", "trunk", "floating-ip"}:
            return True
        if service in booted and kind in {"server", "volume", "plug", "attachment"}:
            return True
        return service in now and _beyond(rest, was.get(service), now[service])

    return may_go


def _elsewhere(was: Service, now: Service) -> bool:
    return (was.vim, was.shapes) != (now.vim, now.shapes) or ("placed" in now.shapes and was.count != now.count)


def _beyond(rest: str, was: Service | None, now: Service) -> bool:
    """Whether it is of an instance that scaling in takes away."""
    if was is None or was.count <= now.count:
        return False
    return any(part == f"fw-{number}" for part in rest.split("/") for number in range(now.count, was.count))
