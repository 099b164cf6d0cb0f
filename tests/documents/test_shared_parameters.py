"""Parameters of a service: said once, used by several VNFs, judged by what each descriptor declares."""

import pytest

from reconciler.documents import Library
from reconciler.model import Key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, Env, changed, problems_of

VIM = "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}\n"
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: app}
spec:
  parameters:
    - {name: host, type: string}
    - {name: port, type: integer, default: 80}
    - {name: password, type: string, secret: true}
  vdus:
    - {name: vm, image: debian-12, flavor: m1.small,
       userData: {inline: "{{ host }}:{{ port }} {{ password }}"}}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: shop}
spec:
  vim: paris
  parameters:
    domain: example.net
    port: 8080
    password: {secretRef: {env: MAGI_SECRET_SHOP}}
  vnfs:
    - {name: a, descriptor: app, parameters: {host: "a.{{ parameters.domain }}", password: "{{ parameters.password }}"}}
    - {name: b, descriptor: app, parameters: {
        host: "{{parameters.domain}}", port: "{{ parameters.port }}", password: "{{ parameters.password }}"}}
"""
REPOSITORY: dict[str, str | bytes] = {"vim.yaml": VIM, "app.yaml": DESCRIPTOR, "shop.yaml": SERVICE}


def in_service(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "shop.yaml", old, new))


def test_each_vnf_has_the_value_as_it_is_or_within_a_text() -> None:
    desired = Library(TARGET_TYPES, Env()).catalog(Commit(REPOSITORY)).desired["paris"]
    for name, text in (("a", "a.example.net:80"), ("b", "example.net:8080")):
        spec = desired[Key("paris", "server", f"shop/{name}/vm-0")].spec
        assert isinstance(spec, ServerSpec)
        assert spec.user_data is not None
        assert spec.user_data.content == f"{text} <MAGI_SECRET_SHOP>"


def test_without_parameters_of_the_service_nothing_is_a_placeholder() -> None:
    bare = SERVICE.partition("  parameters:")[0] + "  vnfs:\n    - {name: a, descriptor: app, parameters: {\n"
    bare += '        host: "{{ parameters.domain }}", password: {secretRef: {env: MAGI_SECRET_SHOP}}}}\n'
    assert problems_of({**REPOSITORY, "shop.yaml": bare}) == []


WRONG = {
    "an unknown one": (
        ("{{parameters.domain}}", "{{parameters.domian}}{{ parameters.domain }}"),
        "13:15: unknown placeholder '{{parameters.domian}}' (did you mean 'parameters.domain'?)",
    ),
    "one that is used nowhere": (
        ('port: "{{ parameters.port }}", ', ""),
        "8:5: parameter 'port' is used nowhere (write '{{ parameters.port }}' as a parameter of a VNF, or remove it)",
    ),
    "all of them": (
        ("{{parameters.domain}}", "{{ parameters }} {{ parameters.domain }}"),
        "13:15: unknown placeholder '{{ parameters }}' (did you mean 'parameters.port'?)",
    ),
    "one of another type": (
        ("port: 8080", "port: http"),
        "13:46: parameter 'port' must be a whole number; found the text 'http'",
    ),
    "a secret within a text": (
        (
            'password: "{{ parameters.password }}"}}\n    - {name: b',
            'password: "x{{ parameters.password }}"}}\n    - {name: b',
        ),
        (
            "11:92: '{{ parameters.password }}' is no text or number and can't be used within one "
            "(use it as the whole value)"
        ),
    ),
    "a secret where none may be": (
        ('host: "{{parameters.domain}}"', 'host: "{{ parameters.password }}"'),
        "13:15: parameter 'host' is not declared 'secret: true', so it can't have a secretRef",
    ),
    "a secret that is there": (
        ("{secretRef: {env: MAGI_SECRET_SHOP}}", "hunter2"),
        "11:92: parameter 'password' is secret: its value must not be in Git; name it by a secretRef",
    ),
}


@pytest.mark.parametrize(("change", "problem"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_reported_where_it_is_used(change: tuple[str, str], problem: str) -> None:
    assert in_service(*change)[0] == f"shop.yaml:{problem}"
