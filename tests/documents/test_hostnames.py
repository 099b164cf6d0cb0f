"""Host names of instances: a stem in the descriptor, the index of the instance, and parameters in between."""

from __future__ import annotations

import pytest

from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.documents.commits import catalog_of, changed, problems_of

DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: router}
spec:
  parameters:
    - {name: site, type: string}
    - {name: token, type: string, secret: true}
  vdus:
    - name: vm
      image: debian-12
      flavor: m1.small
      count: 2
      userData: {inline: "{{ token }}"}
      hostname: "{{ site }}-edge"
"""
PLAIN = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: router}
spec: {vdus: [{name: vm, image: debian-12, flavor: m1.small, hostname: edge}]}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: s}
spec:
  vim: paris
  vnfs:
    - name: r
      descriptor: router
      parameters: {site: lyon, token: {secretRef: {env: MAGI_SECRET_TOKEN}}}
"""
REPOSITORY: dict[str, str | bytes] = {
    "vim.yaml": "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}\n",
    "vnfd.yaml": DESCRIPTOR,
    "s.yaml": SERVICE,
}
SHAPE = "it has 1 to 55 lower-case letters, digits and '-', and begins and ends with a letter or digit"


def hostnames(texts: dict[str, str | bytes]) -> list[str | None]:
    found = catalog_of(texts).desired["paris"]
    servers = (found[key].spec for key in sorted(found) if key.kind == "server")
    return [spec.hostname for spec in servers if isinstance(spec, ServerSpec)]


def test_instances_are_numbered_from_the_stem() -> None:
    assert hostnames(REPOSITORY) == ["lyon-edge-0", "lyon-edge-1"]


def test_several_instances_of_a_vnf_have_names_of_their_own() -> None:
    several = changed(REPOSITORY, "s.yaml", "descriptor: router", "descriptor: router\n      count: 2")
    assert hostnames(several) == ["lyon-edge-0-0", "lyon-edge-0-1", "lyon-edge-1-0", "lyon-edge-1-1"]


def test_without_one_the_cloud_names_them() -> None:
    without = changed(REPOSITORY, "vnfd.yaml", 'hostname: "{{ site }}-edge"', "metadata: {site: '{{ site }}'}")
    assert hostnames(without) == [None, None]


@pytest.mark.parametrize("stem", ["Edge", "edge.", "-edge", "edge-", "edge_1", "a" * 56, "{{ site }}"])
def test_a_stem_that_is_no_name_of_a_host_is_refused(stem: str) -> None:
    texts = {"vnfd.yaml": PLAIN.replace("hostname: edge", f"hostname: '{stem}'")}
    assert problems_of(texts) == [
        f"vnfd.yaml:4:72: hostname '{stem}' is no name of a host ({SHAPE})",
    ]


def test_values_that_make_no_host_name_are_reported_with_their_line() -> None:
    assert problems_of(changed(REPOSITORY, "s.yaml", "site: lyon", "site: Lyon 2")) == [
        f"s.yaml:9:7: with these values the hostname of VDU 'vm' is 'Lyon 2-edge' ({SHAPE})"
    ]


def test_secrets_and_unknown_parameters_can_t_be_used_there() -> None:
    found = problems_of(changed(REPOSITORY, "vnfd.yaml", "{{ site }}-edge", "{{ site }}-{{ token }}-{{ nothing }}"))
    refused = "secret parameter 'token' can't be used in hostname (everyone can read that; put it into user data)"
    assert found == [
        f"vnfd.yaml:14:17: {refused}",
        "vnfd.yaml:14:17: unknown parameter 'nothing' (there is site, token; {{ '{{' }} is '{{' itself)",
    ]
