"""Instances of a VDU, each one thing: what a roll and healing work on."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import Consent, Desired, Instance, Key, Observed, Permission, Policy, State, World
from tests.worlds import TARGET, ThingSpec, desired, key

GROUP = "svc/0/fw"
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))


def server(number: int) -> Key:
    return key(f"0/fw-{number}")


def declared(count: int, spec: ThingSpec, surge: int = 0) -> dict[Key, Desired]:
    """``count`` instances, and ``surge`` more for the time of a change."""
    return {
        server(number): replace(
            desired(f"0/fw-{number}", spec), instance=Instance(GROUP, number, server(number), surge=number >= count)
        )
        for number in range(count + surge)
    }


def world(*specs: ThingSpec, states: dict[int, State] | None = None) -> World:
    """Instances from 0 on that are as the Specs say, all ready where ``states`` does not say otherwise."""
    there = {
        server(number): Observed(server(number), spec, f"id-{number}", (states or {}).get(number, State.READY))
        for number, spec in enumerate(specs)
    }
    return World(TARGET, there, {})
