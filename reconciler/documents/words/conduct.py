"""How changes are made: consent and its windows, update strategy, healing."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import Duration


@word("consent", title="Consent to changes", examples=[{"replace": "allow", "disruptive": "deny"}])
class Consent(Word):
    """Which changes may be made that cost service."""

    replace: Literal["allow", "window", "deny"] | None = declare(
        "Replacement",
        (
            "Whether a change that OpenStack cannot make in place may delete a resource and create it "
            "anew: always, while a window is open, or not. Without consent such a change is reported, not"
            " made."
        ),
        default=None,
        documented="deny",
        examples=["allow"],
    )
    disruptive: Literal["allow", "window", "deny"] | None = declare(
        "Disruption",
        (
            "Whether a change that interrupts service (resize, rebuild) may be made: always, while a "
            "window is open, or not. Without consent such a change is reported, not made."
        ),
        default=None,
        documented="deny",
        examples=["allow", "window"],
    )
    windows: tuple[Window, ...] | None = declare(
        "Windows",
        "When changes that say window may be made. Left out in a service: those of the Policy.",
        default=None,
        examples=[[{"cron": "0 2 * * sat", "duration": "4h", "timeZone": "Europe/Paris"}]],
    )


@word("window", title="Window", examples=[{"cron": "0 2 * * sat", "duration": "4h", "timeZone": "Europe/Paris"}])
class Window(Word):
    """A time in which changes may be made that cost service."""

    cron: str = declare(
        "Beginning",
        "When the window opens: minute, hour, day of month, month, and day of week by name.",
        examples=["0 2 * * sat", "30 1 * * mon-fri"],
        maxLength=100,
    )
    duration: Duration = declare(
        "Length",
        "How long the window stays open, in hours (h), minutes (m) and seconds (s).",
        examples=["4h", "1h30m"],
    )
    time_zone: str = declare(
        "Time zone",
        "Name of the time zone, from the IANA database, that the beginning is told in.",
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
            "What is tried on an instance that is in error or fails its probe, one rung after the other; "
            "the last one is tried again until the limit. An empty ladder heals nothing."
        ),
        examples=[["reboot", "rebuild", "replace"]],
        uniqueItems=True,
    )
    limit: int = declare(
        "Limit",
        "Tries in a row after which an instance is left to people.",
        default=3,
        examples=[3],
        minimum=1,
        maximum=100,
    )
    pause: Duration = declare(
        "Pause",
        "Least time between the first two tries; it doubles with each further one.",
        default="60s",
        examples=["60s", "5m"],
    )


@word("updateStrategy", title="Update strategy", examples=[{"maxUnavailable": 1}])
class UpdateStrategy(Word):
    """How a costly change goes through the instances of a VDU."""

    max_unavailable: int = declare(
        "Most out of service",
        (
            "Instances of a VDU that a costly change may take out of service at once. While others are "
            "not ready, it goes no further."
        ),
        default=1,
        examples=[1, 2],
        minimum=0,
        maximum=10000,
    )
    max_surge: int = declare(
        "Most besides",
        (
            "Instances of a VDU that are made beside the others for the time of a costly change, so that "
            "as many serve as before. Fixed addresses have to be there for them too."
        ),
        default=0,
        examples=[1],
        minimum=0,
        maximum=100,
    )
