"""How changes are made: consent and its windows, update strategy, healing."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import Duration


@word("consent", title="Consent to changes", examples=[{"replace": "allow", "disruptive": "deny"}])
class Consent(Word):
    """Which costly changes may be made."""

    replace: Literal["allow", "window", "deny"] | None = declare(
        "Replacement",
        (
            "Whether Magi may delete a resource and create it again where a field cannot change in place: always "
            "('allow'), while a window is open ('window'), or not ('deny'). Without consent the change is planned and "
            "shown, but not made."
        ),
        default=None,
        documented="deny",
        examples=["allow"],
    )
    disruptive: Literal["allow", "window", "deny"] | None = declare(
        "Disruption",
        (
            "Whether Magi may make a change in place that interrupts service, such as a resize, a rebuild or a new "
            "address: always ('allow'), while a window is open ('window'), or not ('deny'). Without consent the "
            "change is planned and shown, but not made."
        ),
        default=None,
        documented="deny",
        examples=["allow", "window"],
    )
    windows: tuple[Window, ...] | None = declare(
        "Windows",
        "When changes that say 'window' may be made. Left out in a service: the windows of the Policy.",
        default=None,
        examples=[[{"cron": "0 2 * * sat", "duration": "4h", "timeZone": "Europe/Paris"}]],
    )


@word("window", title="Window", examples=[{"cron": "0 2 * * sat", "duration": "4h", "timeZone": "Europe/Paris"}])
class Window(Word):
    """A time in which costly changes may be made."""

    cron: str = declare(
        "Beginning",
        (
            "When the window opens, as five cron fields: minute, hour, day of month, month, and day of week by name "
            "('mon' to 'sun'), as programs disagree on its numbers."
        ),
        examples=["0 2 * * sat", "30 1 * * mon-fri"],
        maxLength=100,
    )
    duration: Duration = declare(
        "Length",
        "How long the window stays open, in hours (h), minutes (m) and seconds (s), such as '1h30m'.",
        examples=["4h", "1h30m"],
    )
    time_zone: str = declare(
        "Time zone",
        "IANA name of the time zone of 'cron'. The window follows its clock changes.",
        default="UTC",
        examples=["Europe/Paris"],
        maxLength=64,
    )


@word("healing", title="Healing", examples=[{"ladder": ["reboot", "rebuild"], "limit": 3, "pause": "60s"}])
class Healing(Word):
    """How instances that are in error or fail their probe are repaired."""

    ladder: tuple[Literal["reboot", "rebuild", "replace"], ...] = declare(
        "Ladder",
        (
            "Healing actions for an instance that is in error or fails its probe, one after the other; the last one "
            "is repeated until 'limit'. They need no further consent. Empty: no healing."
        ),
        examples=[["reboot", "rebuild", "replace"]],
        uniqueItems=True,
    )
    limit: int = declare(
        "Limit",
        (
            "Tries in a row, after which recovery is exhausted: the instance is left to people, and status and "
            "metrics report it."
        ),
        default=3,
        examples=[3],
        minimum=1,
        maximum=100,
    )
    pause: Duration = declare(
        "Pause",
        "Least time between the first two tries. It doubles with each further one.",
        default="60s",
        examples=["60s", "5m"],
    )


@word("updateStrategy", title="Update strategy", examples=[{"maxUnavailable": 1}])
class UpdateStrategy(Word):
    """How a costly change goes through the instances of a VDU."""

    max_unavailable: int = declare(
        "Most out of service",
        (
            "Instances of a VDU that a costly change may take out of service at once. Those that are out of service "
            "already count."
        ),
        default=1,
        examples=[1, 2],
        minimum=0,
        maximum=10000,
    )
    max_surge: int = declare(
        "Most besides",
        (
            "Extra instances of a VDU during a costly change, with the next higher indexes, so that as many serve as "
            "before. Where addresses are fixed, only as many as there are addresses left."
        ),
        default=0,
        examples=[1],
        minimum=0,
        maximum=100,
    )
