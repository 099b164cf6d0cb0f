"""How many instances of a VDU exist, once they are those that Git declares."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model import Desired, Instance, Key
from reconciler.reporting.instances import instances_of
from tests.metrics.reports import PLACE
from tests.worlds import ThingSpec


def server(number: int) -> Key:
    return Key("paris", "server", f"vcpe/fw/fw-{number}")


def declared(count: int, surge: int = 0) -> Mapping[Key, Desired]:
    """Servers of one VDU, each with a port, and a network."""
    found = {}
    for number in range(count + surge):
        instance = Instance("vcpe/fw/fw", number, server(number), surge=number >= count)
        for key in (server(number), Key("paris", "port", f"vcpe/fw/fw-{number}/eth0")):
            found[key] = Desired(key, ThingSpec(), PLACE, instance=instance)
    network = Key("paris", "network", "vcpe/lan")
    return {**found, network: Desired(network, ThingSpec(), PLACE)}


def test_all_that_are_declared_and_no_others_are_counted() -> None:
    both = [server(0), server(1), Key("paris", "network", "other/lan-1")]
    assert instances_of(declared(2), both) == {"vcpe/fw/fw": 2}
    assert instances_of(declared(2, surge=1), both) == {"vcpe/fw/fw": 2}
    assert instances_of({}, both) == {}


def test_while_one_is_missing_or_too_many_the_number_is_not_known() -> None:
    assert instances_of(declared(2), [server(0)]) == {"vcpe/fw/fw": 0}
    assert instances_of(declared(2), [server(0), server(1), server(2)]) == {"vcpe/fw/fw": 0}
    assert instances_of(declared(2, surge=1), [server(0), server(1), server(2)]) == {"vcpe/fw/fw": 0}
