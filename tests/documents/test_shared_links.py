"""Links that other projects may use: which resources documents make of them, and what is wrong with them."""

from __future__ import annotations

from reconciler.model import Key
from reconciler.targets.openstack.kinds.rbac_policy import RbacPolicySpec
from tests.documents.commits import catalog_of, changed, problems_of

ONE, TWO = "a" * 32, "b" * 32
LAN = Key("paris", "network", "vcpe/lan")
REPOSITORY: dict[str, str | bytes] = {
    "vcpe.yaml": """\
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: vcpe}
spec:
  vim: paris
  virtualLinks:
    - {name: lan, cidr: 10.8.0.0/24, sharedWith: [ONE, TWO]}
    - {name: wan}
""".replace("ONE", ONE).replace("TWO", TWO)
}


def test_each_project_is_a_policy_of_the_network() -> None:
    found = {key: one.spec for key, one in catalog_of(REPOSITORY).desired["paris"].items() if key.kind == "rbac-policy"}
    assert found == {
        Key("paris", "rbac-policy", f"vcpe/lan/{project}"): RbacPolicySpec(LAN, project) for project in (ONE, TWO)
    }


def test_all_projects_is_another_field() -> None:
    (problem,) = problems_of(changed(REPOSITORY, "vcpe.yaml", f"[{ONE}, {TWO}]", "['*']"))
    assert "the ID of a project is needed, 32 hexadecimal digits; for all projects there is 'shared: true'" in problem


def test_a_project_is_named_once_and_a_link_that_exists_is_shared_by_its_owner() -> None:
    assert len(problems_of(changed(REPOSITORY, "vcpe.yaml", TWO, ONE))) == 1
    (problem,) = problems_of(changed(REPOSITORY, "vcpe.yaml", "cidr: 10.8.0.0/24", "existing: mgmt-net"))
    assert "'sharedWith' cannot go with 'existing'" in problem
