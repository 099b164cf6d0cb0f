"""Checks a NetworkService against the descriptors and VIMs that it names, and works out where each part is deployed."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.checking.dependencies import check_dependencies
from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.forwarding import check_forwarding
from reconciler.documents.checking.links import check_link, check_provider
from reconciler.documents.checking.parameters import check_values
from reconciler.documents.checking.qos import check_policies, check_policies_of_vnfs
from reconciler.documents.checking.routing import check_access_points, place_routers
from reconciler.documents.checking.rules import check_address_groups, check_groups
from reconciler.documents.checking.vnfs import check_addresses_once, check_vnfs
from reconciler.documents.checking.vocabulary import Vocabulary
from reconciler.documents.choosing.choices import write_out
from reconciler.documents.policy.conduct import check_strategy, check_windows
from reconciler.documents.policy.tolerance import check_tolerance
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import NetworkService, Vim, VnfDescriptor


def place_service(
    document: NetworkService,
    descriptors: Mapping[str, VnfDescriptor],
    vims: Mapping[str, Vim],
    targets: Vocabulary,
    refused: frozenset[tuple[str, str]] = frozenset(),
) -> ServiceDraft:
    """Checks and places one service. What is wrong is in ``.problems``; only without any is it to be expanded.

    ``descriptors``: by all that names one; ``vims``: by name.
    """
    problems = Problems()
    judged = all(kind != "Vim" for kind, _ in refused)
    service, chosen = write_out(problems, document, descriptors, vims, judged=judged)
    spec = service.spec
    links = problems.named("virtual link", spec.virtual_links)
    for link in links.values():
        check_provider(problems, link)
    subnets = {name: check_link(problems, link) for name, link in links.items() if link.existing is None}
    check_address_groups(problems, spec.address_groups)
    groups = check_groups(problems, spec.security_groups)
    check_policies(problems, spec.qos_policies)
    vnfs = problems.named("VNF", spec.vnfs)
    draft = ServiceDraft(service, problems, descriptors, vims, links, vnfs, subnets, groups, refused)
    draft.chosen = chosen
    if spec.vim is not None:
        draft.knows_vim(spec.at("vim"), spec.vim)
    check_windows(problems, spec.changes)
    check_tolerance(problems, spec, targets.fields_of_kinds)
    check_strategy(problems, spec)
    check_vnfs(draft)
    check_policies_of_vnfs(draft)
    check_dependencies(draft)
    check_values(draft)
    _place_links(draft)
    place_routers(draft)
    check_access_points(draft)
    check_addresses_once(draft)
    check_forwarding(draft)
    return draft


def _place_links(draft: ServiceDraft) -> None:
    """A new link is on one VIM: where it says, or where its VNFs are. Others are wherever they are used: existing
    ones, and those that are made on each.
    """
    problems, links, of_service = draft.problems, draft.link_items, draft.spec.vim
    used: dict[str, set[str]] = {name: set() for name in links}
    for name, vnf in draft.vnf_items.items():
        for link_name in vnf.connect.values():
            if link_name in used and name in draft.vims:
                used[link_name].add(draft.vims[name])
    for name, link in links.items():
        if link.vim is not None and draft.knows_vim(link.at("vim"), link.vim):
            used[name].add(link.vim)
        elif not used[name] and of_service is not None and of_service in draft.vim_documents:
            used[name].add(of_service)
        if link.existing is None:
            if len(used[name]) > 1 and not link.on_each_vim:
                message = f"virtual link '{name}' is used on the VIMs {' and '.join(sorted(used[name]))}"
                hint = "a new virtual link is on one VIM: declare one for each, or set onEachVim: true"
                problems.report(link.at("name"), message, hint)
            elif not used[name] and draft.complete and not problems:
                message = f"no VIM for virtual link '{name}'"
                problems.report(link.at("name"), message, "set vim here, or connect a VNF to it")
        draft.links[name] = tuple(sorted(used[name]))
