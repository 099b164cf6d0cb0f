"""A plan as Markdown, for a comment on a pull request: folded details, within the size that a forge takes.

Names, reasons and titles come from documents, commits and clouds: they are in code, escaped, so that they can't
become markup, links, or calls of someone's name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reconciler.judging.digests import blocked_sets, plan_digest
from reconciler.model import Plan
from reconciler.review.items import Group, Item, count_items, counts_of, effects_text, foreign_lines, groups_of
from reconciler.review.preflight import duration_line, obstacle_lines, unchecked_lines
from reconciler.review.text import effects_line, item_text
from reconciler.text.markdown import clipped, code

FORGES = {"github": 65_536, "gitlab": 1_000_000}
"""How long a comment may be there, in characters; Gitea and Forgejo take more than the smallest."""
MAX_SIZE = min(FORGES.values())
LEAST_SIZE = 8_192
_MOST_BLOCKED = 5
_MOST_APPROVALS = 10
_MOST_LINES = 3
_MOST_REASONS = 20
_MARKS = {"create": "+", "update": "!", "delete": "-", "replace": "!"}
_GRAVITY = ("replace", "delete", "update", "create")


class _Block(NamedTuple):
    """What is shown whole or not at all: the lines of a resource, or of something that was not compared."""

    group: int
    order: int
    gravity: tuple[int, int]
    text: str
    item: Item | None = None


def plans_markdown(
    plans: Sequence[Plan],
    title: str = "",
    errors: Iterable[str] = (),
    max_size: int = MAX_SIZE,
    notes: Sequence[str] = (),
    approvals: Sequence[str] = (),
) -> str:
    """The plans in at most ``max_size`` bytes of UTF-8, so of at most as many characters.

    What does not fit is left out a resource at a time, the costliest last, and counted. ``title`` says where the
    documents are from, ``errors`` what could not be observed, ``notes`` what else is to be known,
    ``approvals`` what the branch itself consents to. Raises ValueError
    for less than `LEAST_SIZE`.
    """
    if max_size < LEAST_SIZE:
        raise ValueError(f"a plan needs at least {LEAST_SIZE} bytes")
    groups = groups_of(plans)
    head = _head(plans, title, [*errors], notes, approvals)
    blocks = [block for number, group in enumerate(groups) for block in _blocks(number, group)]
    # The frame of a group is reckoned with all that it may come to say.
    frames = [_size(_group_markdown(group, [], [])) + 200 + _size(_row(group)) for group in groups]
    left = max_size - _size(head) - _size(_TABLE) - 400
    opened: set[int] = set()
    shown: list[_Block] = []
    for block in sorted(blocks, key=lambda one: (one.gravity, one.group, one.order)):
        cost = _size(block.text) + 2 * _longest_run(block.text) + (0 if block.group in opened else frames[block.group])
        if cost <= left:
            left -= cost
            opened.add(block.group)
            shown.append(block)
    return head + _body(groups, blocks, shown, opened)


_TABLE = "\n| Network service | VIM | Plan | Impact |\n|---|---|---|---|\n"


def refusal_markdown(what: str, reasons: Sequence[str], title: str = "") -> str:
    """Why there is no plan: ``what`` is wrong, for the ``reasons``."""
    lines = [f"### Magi plan: {what}", ""]
    if title:
        lines += [code(title), ""]
    return "\n".join([*lines, *fenced_lines(reasons, _MOST_REASONS), ""])


def _head(
    plans: Sequence[Plan], title: str, errors: Sequence[str], notes: Sequence[str], approvals: Sequence[str]
) -> str:
    counts = counts_of(plans)
    if errors and not plans:
        headline = "no VIM could be observed"
    else:
        headline = str(counts) if any(plan.steps for plan in plans) else "nothing to do"
    lines = [f"### Magi plan: {headline}", ""]
    if title:
        lines += [code(title), ""]
    lines += _section("**Approvals that this branch brings with it:**", approvals, _MOST_APPROVALS)
    lines += _section("**To know:**", notes)
    if effects := effects_line(plans):
        lines += [f"**Impact:** {effects}.", ""]
    if duration := duration_line(plans):
        lines += [f"**Duration:** {clipped(duration)}.", ""]
    lines += [f"Plan digest: `{plan_digest(plans)}`", ""]
    if blocked := [one for plan in plans for one in blocked_sets(plan.target, plan.steps)]:
        final = {digest for plan in plans for digest in plan.final}
        how = {
            one.digest: "can't be approved" if one.digest in final else f"magi approve {one.digest}" for one in blocked
        }
        shown = [f"VIM {one.target}: {one.reason}: {how[one.digest]}" for one in blocked]
        lines += _section("**Blocked until it is approved in Git:**", shown, _MOST_BLOCKED)
    warnings = [f"VIM {plan.target}: {warning}" for plan in plans for warning in plan.warnings]
    lines += _section("**Warnings:**", warnings, _MOST_BLOCKED)
    lines += _section("**Marked as Magi's, but another project's, so left alone:**", [*foreign_lines(plans)])
    lines += _section("**Could not be observed, so not in this plan:**", errors)
    lines += _section("**Would fail:**", [*obstacle_lines(plans)])
    lines += _section("**Could not be checked beforehand:**", [*unchecked_lines(plans)])
    idle = [plan.target for plan in plans if not plan.steps]
    if idle and any(plan.steps for plan in plans):
        names = ", ".join(map(code, idle[:10])) + (f" and {len(idle) - 10} more" if len(idle) > 10 else "")
        lines += [f"Nothing to do on {names}.", ""]
    return "\n".join(lines)


def _section(title: str, lines: Sequence[str], most: int = _MOST_LINES) -> list[str]:
    """The first lines of what is reported about all of the plan; nothing where there are none."""
    return [title, "", *fenced_lines(lines, most), ""] if lines else []


def fenced_lines(lines: Sequence[str], most: int) -> list[str]:
    """The first lines as code, and how many more there are."""
    shown = [clipped(line) for line in lines[:most]]
    more = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return _fenced([*shown, *more])


def _blocks(number: int, group: Group) -> Iterable[_Block]:
    for order, item in enumerate(group.items):
        gravity = (not item.effects, _GRAVITY.index(item.verb))
        yield _Block(number, order, gravity, "".join(f"{line}\n" for line in _item_lines(item)), item)
    for order, line in enumerate(group.notices, len(group.items)):
        yield _Block(number, order, (0, 0), f"  {clipped(line)}\n")


def _item_lines(item: Item) -> Iterable[str]:
    """The lines of the text, with a mark in front that forges colour in a diff."""
    for number, line in enumerate(item_text(item)):
        text = line.text[4:]
        # What follows the first line must not look like a line of a diff by itself.
        yield f"{_MARKS[item.verb]} {text[2:]}" if number == 0 else f"  {text}"


def _body(groups: Sequence[Group], blocks: Sequence[_Block], shown: Sequence[_Block], opened: set[int]) -> str:
    if not groups:
        return ""
    taken = {(block.group, block.order) for block in shown}
    missing = [block for block in blocks if (block.group, block.order) not in taken]
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for block in sorted(shown, key=lambda one: one.order):
        texts[block.group].append(block.text)
    left_out: defaultdict[int, list[Item]] = defaultdict(list)
    for block in missing:
        if block.item:
            left_out[block.group].append(block.item)
    parts = [_TABLE, *(_row(groups[number]) for number in sorted(opened))] if opened else []
    parts += [_group_markdown(groups[number], texts[number], left_out[number]) for number in sorted(opened)]
    if hidden := [number for number in range(len(groups)) if number not in opened]:
        items = [item for number in hidden for item in left_out[number]]
        parts.append(
            f"\n**Not shown, for lack of room:** {len(items)} resources in {len(hidden)} more groups: "
            f"{count_items(items).brief()}. `magi plan` shows all.\n"
        )
    return "".join(parts)


def _row(group: Group) -> str:
    name = code(group.service) if group.service else "*shared*"
    plan, impact = count_items(group.items).brief(), effects_text(group.items) or "none"
    return f"| {name} | {code(group.target)} | {plan} | {impact} |\n"


def _group_markdown(group: Group, texts: Sequence[str], missing: Sequence[Item]) -> str:
    """The folded details of a group; the ends of lines are those of the texts."""
    name = f"network service {code(group.service)}" if group.service else "shared by network services"
    title = f"{name} on VIM {code(group.target)}: {count_items(group.items).brief()}"
    lines = _fenced("".join(texts).splitlines(), "diff")
    note = (
        f"\n**Not shown, for lack of room:** {len(missing)} resources: {count_items(missing).brief()}.\n"
        if missing
        else ""
    )
    body = "\n".join(lines)
    return f"\n<details><summary>{title}</summary>\n\n{body}\n{note}\n</details>\n"


def _fenced(lines: Sequence[str], language: str = "text") -> list[str]:
    """Lines as code, in a fence that none of them can close."""
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return [f"{fence}{language}", *lines, fence]


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _size(text: str) -> int:
    return len(text.encode())
