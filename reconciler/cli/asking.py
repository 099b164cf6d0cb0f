"""What a running daemon answers, for the commands that show it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from reconciler.model import TargetUnknown

_TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which daemon, and what of it is to be shown. ``vims`` empty and None: all. ``events``: so many at most."""

    url: str
    repository: str | None = None
    vims: Sequence[str] = ()
    service: str | None = None
    events: int = 0

    def answer(self) -> dict[str, Any]:
        """Repositories, VIMs and services, with events where they are wanted. Raises TargetUnknown when none answers.

        Of a service only the VIMs that it stands on are told.
        """
        found = _answer(self.url, "status", self._query())
        if not {"repositories", "vims", "services"} <= found.keys():
            raise _not_magi(self.url)
        found["services"] = [one for one in found["services"] if not self.vims or one["vim"] in self.vims]
        found["vims"] = [one for one in found["vims"] if self._is_shown(one, found["services"])]
        if self.events:
            query = {**self._query(), "limit": str(self.events)}
            found["events"] = _answer(self.url, "events", query)["events"]
        return found

    def _query(self) -> dict[str, str]:
        vim = self.vims[0] if len(self.vims) == 1 else None
        named = {"repository": self.repository, "vim": vim, "service": self.service}
        return {name: value for name, value in named.items() if value}

    def _is_shown(self, vim: Any, services: Sequence[Any]) -> bool:
        if self.service is None:
            return not self.vims or vim["name"] in self.vims
        return any((one["repository"], one["vim"]) == (vim["repository"], vim["name"]) for one in services)


def _answer(url: str, what: str, query: dict[str, str]) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter("must begin with http:// or https://", param_hint="--url")
    whole = f"{url.rstrip('/')}/api/v1/{what}?{urllib.parse.urlencode(query)}".rstrip("?")
    try:
        with urllib.request.urlopen(whole, timeout=_TIMEOUT) as answer:  # noqa: S310  checked
            body: Any = json.load(answer)
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise TargetUnknown(
            f"no daemon answers at {url}: {reason}", "start one with 'magi run', or name its address with --url"
        ) from error
    if not isinstance(body, dict):
        raise _not_magi(url)
    return body


def _not_magi(url: str) -> TargetUnknown:
    return TargetUnknown(f"what answers at {url} is not a Magi daemon", "name the daemon's address with --url")
