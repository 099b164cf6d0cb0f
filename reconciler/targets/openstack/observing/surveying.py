"""Asks a VIM for its listings, and knows those again that answer what they answered before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from reconciler.model import World
from reconciler.targets.openstack.observing.worlds import SURVEY, asked_next
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.listing import Marks, NotOffered, Pages
from reconciler.targets.rest import Listing
from reconciler.tracing import carried

Answers = Mapping[Listing, Marks | str]
"""By which an answer is known again: the marks of its pages, or why the cloud has no such listing."""


class Surveyed(NamedTuple):
    """The raw items of all listings, and why the cloud has none of some.

    ``first``: what was asked in any case. ``known``: the World of before, where all answers are the same bytes; then
    there are no items.
    """

    items: Mapping[Listing, Sequence[Any]]
    lacking: Mapping[Listing, str]
    first: tuple[Listing, ...]
    answers: Answers
    known: World | None = None


class Remembered(NamedTuple):
    """An observation that left no doubt: its World follows from the bytes of its answers. ``project``: of the login."""

    survey: Surveyed
    project: str
    world: World


def survey_of(
    connection: Connection,
    owner: str,
    pages: Callable[[Listing, Marks], Pages | NotOffered],
    kinds: Collection[str],
    *,
    complete: bool,
    remembered: Remembered | None,
) -> Surveyed:
    """All listings that may hold one of ``kinds``, and those that what is found gives a reason to ask for.

    ``pages``: asks for one, by the marks of before. Raises TargetUnknown or ConfigError.
    """
    first = SURVEY.first(kinds, complete=complete)
    project = str(connection.project_id())
    if remembered and (remembered.survey.first, remembered.project) != (first, project):
        remembered = None
    before = remembered.survey.answers if remembered else {}
    answers: dict[Listing, Pages | NotOffered] = {}
    items: dict[Listing, Sequence[Any]] = {}
    lacking: dict[Listing, str] = {}
    with ThreadPoolExecutor(connection.target.budget.concurrency, thread_name_prefix="observe") as pool:

        def ask(listings: Iterable[Listing]) -> None:
            desired = [one for one in listings if one not in answers]
            marks = [found if isinstance(found := before.get(one), tuple) else () for one in desired]
            answers.update(zip(desired, pool.map(carried(pages), desired, marks), strict=True))

        ask(before or first)
        if remembered and _known_by(answers) == before:
            return remembered.survey._replace(known=remembered.world)
        asked = first
        while asked:
            ask(asked)
            for listing in asked:
                found = answers[listing]
                items[listing] = found.items() if isinstance(found, Pages) else ()
                if isinstance(found, NotOffered):
                    lacking[listing] = str(found)
            asked = asked_next(connection.target.name, owner, project, items)
    return Surveyed(items, lacking, first, _known_by({listing: answers[listing] for listing in items}))


def _known_by(answers: Mapping[Listing, Pages | NotOffered]) -> Answers:
    return {listing: one.marks if isinstance(one, Pages) else str(one) for listing, one in answers.items()}
