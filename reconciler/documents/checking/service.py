"""Checks a NetworkService against the descriptors and VIMs that it names, and works out where each part stands."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.checking.dependencies import check_dependencies
from reconciler.documents.checking.links import check_link, check_provider
from reconciler.documents.checking.parameters import check_values
from reconciler.documents.checking.placed import Placed
from reconciler.documents.checking.qos import check_policies, check_policies_of_vnfs
from reconciler.documents.checking.routing import check_access_points, place_routers
from reconciler.documents.checking.rules import check_groups
from reconciler.documents.checking.vnfs import check_addresses_once, check_vnfs
from reconciler.documents.choosing.choices import write_out
from reconciler.documents.policy.conduct import check_consent, check_strategy
from reconciler.documents.policy.tolerance import check_tolerance
from reconciler.documents.reading.marks import Document
from reconciler.documents.subject import Subject


def place_service(
    document: Document,
    descriptors: Mapping[str, Document],
    vims: Mapping[str, Document],
    refused: frozenset[tuple[str, str]] = frozenset(),
) -> Placed:
    """Checks and places one service. What is wrong is in ``.subject.problems``; only without any is it to be expanded.

    ``descriptors``: by all that names one; ``vims``: by name.
    """
    subject = Subject(document)
    chosen = write_out(subject, descriptors, vims, judged=all(kind != "Vim" for kind, _ in refused))
    links = subject.named("virtual link", "virtualLinks")
    for path, link in links.values():
        check_provider(subject, path, link)
    subnets = {name: check_link(subject, path, link) for name, (path, link) in links.items() if "existing" not in link}
    groups = check_groups(subject)
    check_policies(subject)
    placed = Placed(subject, descriptors, vims, links, subject.named("VNF", "vnfs"), subnets, groups, refused)
    placed.chosen = chosen
    if "vim" in subject.spec:
        placed.knows_vim(("vim",), subject.spec["vim"])
    check_consent(subject)
    check_tolerance(subject)
    check_strategy(subject)
    check_vnfs(placed)
    check_policies_of_vnfs(placed)
    check_dependencies(placed)
    check_values(placed)
    _place_links(placed)
    place_routers(placed)
    check_access_points(placed)
    check_addresses_once(placed)
    return placed


def _place_links(placed: Placed) -> None:
    """A new link stands on one VIM: where it says, or where its VNFs are. Others stand wherever they are used: existing
    ones, and those that are made on each.
    """
    subject, links = placed.subject, placed.link_items
    used: dict[str, set[str]] = {name: set() for name in links}
    for name, (_, vnf) in placed.vnf_items.items():
        for link in vnf.get("connect", {}).values():
            if link in used and name in placed.vims:
                used[link].add(placed.vims[name])
    for name, (path, link) in links.items():
        if "vim" in link and placed.knows_vim((*path, "vim"), link["vim"]):
            used[name].add(link["vim"])
        elif not used[name] and subject.spec.get("vim") in placed.vim_documents:
            used[name].add(subject.spec["vim"])
        if "existing" not in link:
            if len(used[name]) > 1 and not link.get("onEachVim"):
                subject.report(
                    (*path, "name"),
                    f"virtual link '{name}' is used on the VIMs {' and '.join(sorted(used[name]))}",
                    "a new virtual link stands on one VIM: declare one for each, or set onEachVim: true",
                )
            elif not used[name] and placed.complete and not subject.problems:
                subject.report(
                    (*path, "name"), f"no VIM for virtual link '{name}'", "set vim here, or connect a VNF to it"
                )
        placed.links[name] = tuple(sorted(used[name]))
