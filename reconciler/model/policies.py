"""What may be done, when, and how gently: consent, windows, rolls, healing, and the guard rails of a repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from reconciler.model.plans import StepId
from reconciler.model.resources import DriftMode, Impact, Key, Spec


class Permission(StrEnum):
    """Whether a costly change may be made: at any time, while a window is open, or not."""

    ALLOW = "allow"
    WINDOW = "window"
    DENY = "deny"


class Window(NamedTuple):
    """A time for costly changes: opens when ``cron`` (five fields) says so in ``time_zone``, for ``seconds``."""

    cron: str
    seconds: int
    time_zone: str

    def __str__(self) -> str:
        hours, minutes = divmod(self.seconds // 60, 60)
        length = f"{hours}h" * bool(hours) + f"{minutes}m" * bool(minutes)
        return f"'{self.cron}' for {length}, {self.time_zone}"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a plan may do without asking. None: nothing is said here, so the wider rule holds."""

    replace: Permission | None = None
    disruptive: Permission | None = None
    windows: tuple[Window, ...] | None = None

    def over(self, wider: Consent) -> Consent:
        """This consent, with what it says nothing of taken from the wider one."""
        return Consent(
            self.replace if self.replace is not None else wider.replace,
            self.disruptive if self.disruptive is not None else wider.disruptive,
            self.windows if self.windows is not None else wider.windows,
        )


@dataclass(frozen=True, slots=True)
class UpdateStrategy:
    """How a costly change goes through the instances of a VDU.

    ``max_unavailable``: instances that may be out of service at once. ``max_surge``: instances made beside them for the
    time of the roll, so that as many serve as before.
    """

    max_unavailable: int = 1
    max_surge: int = 0


@dataclass(frozen=True, slots=True)
class Healing:
    """What is tried on an instance that is in error or fails its probe, one action a try, the last one again and again.

    At most ``limit`` tries in a row, with ``pause`` seconds after the first, doubled after each.
    """

    ladder: tuple[Impact, ...] = ()
    limit: int = 3
    pause: float = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Most deletes, those of replacements included, and most replacements of one pass. None: no limit.

    ``services`` and ``vims`` are names or globs, empty for all. With ``services`` each that matches has the limits by
    itself; percent are of the managed resources in the same scope.
    """

    max_deletes: int | None = None
    max_delete_percent: int | None = None
    max_replaces: int | None = None
    max_replace_percent: int | None = None
    services: tuple[str, ...] = ()
    vims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelRule:
    """What the labels of a service rule out: ``actions`` on those that match, or all on those that lack a label.

    ``services`` are names or globs, empty for all; ``labels`` those that a service has to have for the rule to be about
    it; ``required`` the keys that it has to have then. ``actions``: create, update, delete, replace.
    """

    name: str
    services: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    required: tuple[str, ...] = ()
    actions: frozenset[str] = frozenset()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Guard rails for the plans of all targets.

    ``protect`` holds names or globs of network services, ``protect_kinds`` kinds of resources. ``frozen_services`` and
    ``frozen_vims`` are names or globs of what is left as it is. The limits are for one pass on one target; those in
    percent are of the managed resources that exist there. ``limits`` are narrower ones, which count besides.
    ``max_shrink_percent``: of the services that are deployed on a target those that Git may have dropped;
    ``max_removed_percent``: of those that are deployed on all targets together, where it is more than one.
    """

    prune: bool = True
    max_deletes: int = 100
    max_delete_percent: int = 100
    max_replaces: int | None = None
    max_replace_percent: int = 100
    limits: tuple[Limits, ...] = ()
    max_shrink_percent: int = 100
    max_removed_percent: int = 50
    label_rules: tuple[LabelRule, ...] = ()
    protect: tuple[str, ...] = ()
    protect_kinds: frozenset[str] = frozenset()
    frozen_services: tuple[str, ...] = ()
    frozen_vims: tuple[str, ...] = ()
    consent: Consent = Consent(Permission.DENY, Permission.DENY)
    healing: Healing = Healing()
    drift: DriftMode = DriftMode.REPAIR


@dataclass(frozen=True, slots=True)
class Rollout:
    """In which order a change goes through the services of a set: one wave after another. ``name`` is the set's.

    ``size``: how many follow the canaries at a time; None: all others at once.
    """

    name: str
    waves: tuple[tuple[str, ...], ...]
    size: int | None = None


class Contest(NamedTuple):
    """another actor writes to a target with the same owner. ``sign``: what shows so.

    ``until``: what ends it that nothing is written there; "" where this goes on.
    """

    sign: str
    until: str = ""

    @property
    def stopped(self) -> bool:
        """Whether nothing is written to the target."""
        return bool(self.until)

    def __str__(self) -> str:
        return f"{self.sign}; " + (f"nothing more is written until {self.until}" if self.until else "this goes on")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a plan depends on besides the desired state and what its target holds.

    ``open_windows``: those that are open now. ``unready``: instances that fail their probe, with what it said;
    ``starting``: those of them that may still be starting. ``healing_actions``: what is to be done now to instances
    that are unhealthy. ``tried``: what healing has done to them so far, in words; ``recovery_exhausted``: those left to
    people, ``recovering``: those that healing will try again.
    ``ready_elsewhere``: what other targets have ready, with its id, for what waits for it; ``held_elsewhere``: what
    resources on other targets refer to, each with one of these. ``waiting``: services whose turn in a
    rollout has not come, with the reason, and those that left Git while no service may be removed. ``queued``: those
    that left Git and wait until others are removed, with the reason; ``deployed_elsewhere``: where services are to be
    removed, those on other targets. ``unblocked``: for each consent in Git that unblocked something at an earlier
    observation, the digests of its steps, maybe together with others that are done since.
    ``agreed``: what resources were last seen to agree with; None where nothing is known of that, so that no difference
    is taken for drift. ``fights``: what is repaired again and again and waits just now, with the fields and why.
    ``failed``: steps that failed and wait before they are tried again, with why. ``contest``: another actor writes
    there with the same owner. ``unreported``: targets that other daemons serve and of which nothing is known
    here, with why. ``removing``: a person asked for these deletes by name and saw their number, which answers the
    guards that count.
    """

    open_windows: frozenset[Window] = frozenset()
    unready: Mapping[Key, str] = field(default_factory=dict)
    starting: frozenset[Key] = frozenset()
    healing_actions: Mapping[Key, Impact] = field(default_factory=dict)
    tried: Mapping[Key, str] = field(default_factory=dict)
    recovery_exhausted: frozenset[Key] = frozenset()
    recovering: frozenset[Key] = frozenset()
    ready_elsewhere: Mapping[Key, str] = field(default_factory=dict)
    held_elsewhere: Mapping[Key, Key] = field(default_factory=dict)
    waiting: Mapping[str, str] = field(default_factory=dict)
    queued: Mapping[str, str] = field(default_factory=dict)
    deployed_elsewhere: frozenset[str] = frozenset()
    unblocked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    agreed: Mapping[Key, Spec] | None = None
    fights: Mapping[Key, tuple[frozenset[str], str]] = field(default_factory=dict)
    failed: Mapping[StepId, str] = field(default_factory=dict)
    contest: Contest | None = None
    unreported: Mapping[str, str] = field(default_factory=dict)
    removing: bool = False


QUIET = Circumstances()
"""No window is open, nothing is unhealthy, nothing waits."""
