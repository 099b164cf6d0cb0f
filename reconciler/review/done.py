"""What was done for a commit, as Markdown for a comment on the pull request that brought it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.review.markdown import fenced_lines
from reconciler.text.markdown import code

_MOST_ROWS = 50
_MOST_REASONS = 20
_VERBS = {"create": "created", "update": "updated", "delete": "deleted"}


class Doing(NamedTuple):
    """One kind of deed: for which network service ("" for what services share), on which VIM, which action."""

    service: str
    target: str
    action: str


def done_markdown(commit: str, headline: str, doings: Mapping[Doing, int], reasons: Sequence[str]) -> str:
    """How many resources were created, updated and deleted, by service and VIM, and what failed or is blocked."""
    lines = [f"### Magi: {code(headline)}", "", f"Commit {code(commit)}", ""]
    rows: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for doing, count in doings.items():
        rows[doing.service, doing.target][doing.action] = count
    if rows:
        lines += ["| Network service | VIM | Done |", "|---|---|---|"]
        lines += [_row(*at, counts) for at, counts in sorted(rows.items())[:_MOST_ROWS]]
        if len(rows) > _MOST_ROWS:
            lines.append(f"| and {len(rows) - _MOST_ROWS} more | | |")
        lines.append("")
    if reasons:
        lines += [*fenced_lines(reasons, _MOST_REASONS), ""]
    return "\n".join(lines)


def _row(service: str, target: str, counts: Mapping[str, int]) -> str:
    done = ", ".join(f"{counts[action]} {word}" for action, word in _VERBS.items() if action in counts)
    return f"| {code(service) if service else '*shared*'} | {code(target)} | {done} |"
