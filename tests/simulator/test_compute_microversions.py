"""What the answers of Nova say in which microversion; keypairs, groups and flavors."""

from typing import Any

import pytest

from openstack_simulator import CloudSettings
from tests.simulator.callers import Caller

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIcfm0kB1Hu8ryvE4gCyg6TGrIVQvCMVdvMJ3GxRSH1J someone"


@pytest.fixture
def settings() -> CloudSettings:
    return CloudSettings(build_seconds=0.0, max_microversion="2.90")


@pytest.mark.parametrize("version", ["2.0", "2.91", "3.1"])
def test_a_version_out_of_range_is_not_acceptable(demo: Caller, version: str) -> None:
    answer = demo.compute("GET", "flavors", version=version)
    assert answer.status == 406
    message = f"Version {version} is not supported by the API. Minimum is 2.1 and maximum is 2.90."
    assert answer["computeFault"]["message"] == message


def test_the_answer_names_its_version(demo: Caller) -> None:
    assert demo.compute("GET", "flavors", version="latest").headers["openstack-api-version"] == "compute 2.90"
    plain = demo.call("GET", "compute/v2.1/flavors")
    assert plain.headers["x-openstack-nova-api-version"] == "2.1"
    assert demo.compute("GET", "flavors", version="newest").status == 400


@pytest.mark.parametrize(
    ("version", "present", "absent"),
    [
        ("2.1", set(), {"locked", "description", "tags", "server_groups"}),
        ("2.9", {"locked"}, {"description"}),
        ("2.19", {"description"}, {"tags"}),
        ("2.26", {"tags"}, {"server_groups"}),
        ("2.71", {"server_groups"}, {"OS-EXT-SRV-ATTR:hostname"}),
        ("2.90", {"OS-EXT-SRV-ATTR:hostname"}, {"pinned_availability_zone"}),
    ],
)
def test_a_server_shows_more_with_each_version(demo: Caller, version: str, present: set[str], absent: set[str]) -> None:
    names = demo.compute("GET", f"servers/{demo_server(demo)}", version=version)["server"].keys()
    assert present <= names
    assert not absent & names


def demo_server(demo: Caller) -> str:
    image = demo.call("GET", "image/v2/images?name=cirros-0.6")["images"][0]["id"]
    body = {"name": "server", "flavorRef": "1", "imageRef": image, "networks": "none"}
    return str(demo.compute("POST", "servers", {"server": body}, "2.90")["server"]["id"])


def test_the_flavor_is_embedded_since_2_47(demo: Caller) -> None:
    server = demo_server(demo)
    assert set(demo.compute("GET", f"servers/{server}", version="2.46")["server"]["flavor"]) == {"id", "links"}
    embedded = demo.compute("GET", f"servers/{server}", version="2.47")["server"]["flavor"]
    assert (embedded["original_name"], embedded["vcpus"], embedded["ram"]) == ("m1.tiny", 1, 512)


@pytest.mark.parametrize(
    ("version", "values"),
    [
        ("2.51", {"tags": ["a"]}),
        ("2.18", {"description": "a"}),
        ("2.36", {"networks": "none"}),
        ("2.89", {"hostname": "a"}),
    ],
)
def test_an_attribute_is_refused_before_its_version(demo: Caller, version: str, values: Any) -> None:
    image = demo.call("GET", "image/v2/images?name=cirros-0.6")["images"][0]["id"]
    networks = {"networks": "none"} if version > "2.37" else {}
    body = {"name": "server", "flavorRef": "1", "imageRef": image, **networks, **values}
    assert demo.compute("POST", "servers", {"server": body}, version).status == 400


def test_networks_must_be_named_since_2_37(demo: Caller, admin: Caller) -> None:
    (carrier,) = admin.network("GET", "networks?name=carrier-net")["networks"]
    assert admin.network("DELETE", f"networks/{carrier['id']}").status == 204  # one is left to choose from
    image = demo.call("GET", "image/v2/images?name=cirros-0.6")["images"][0]["id"]
    body = {"server": {"name": "server", "flavorRef": "1", "imageRef": image}}
    assert demo.compute("POST", "servers", body, "2.37").status == 400
    made = demo.compute("POST", "servers", body, "2.36")["server"]["id"]
    assert list(demo.compute("GET", f"servers/{made}", version="2.90")["server"]["addresses"]) == ["mgmt-net"]


def test_server_tags_are_there_since_2_26(demo: Caller) -> None:
    path = f"servers/{demo_server(demo)}/tags"
    assert demo.compute("GET", path, version="2.25").status == 404
    assert demo.compute("PUT", f"{path}/gold", version="2.26").status == 201
    assert demo.compute("PUT", f"{path}/gold", version="2.26").status == 204
    assert demo.compute("GET", path, version="2.26")["tags"] == ["gold"]


def test_a_server_group_has_one_policy_since_2_64(demo: Caller) -> None:
    old = demo.compute("POST", "os-server-groups", {"server_group": {"name": "a", "policies": ["affinity"]}}, "2.63")
    assert old["server_group"]["policies"] == ["affinity"]
    new = demo.compute("GET", f"os-server-groups/{old['server_group']['id']}", version="2.64")["server_group"]
    assert (new["policy"], new["rules"]) == ("affinity", {})
    assert "policies" not in new
    wrong = {"name": "b", "policies": ["affinity"]}
    assert demo.compute("POST", "os-server-groups", {"server_group": wrong}, "2.64").status == 400


def test_a_keypair_has_a_type_since_2_2_and_a_fingerprint_of_its_key(demo: Caller) -> None:
    made = demo.compute("POST", "os-keypairs", {"keypair": {"name": "key", "public_key": KEY}}, "2.1")
    assert made.status == 200
    assert "type" not in made["keypair"]
    shown = demo.compute("GET", "os-keypairs/key", version="2.2")["keypair"]
    assert shown["type"] == "ssh"
    assert shown["fingerprint"] == "d7:e3:e6:ca:b3:b1:c3:24:93:37:03:91:16:b8:a4:84"


def test_a_keypair_is_made_once_and_of_a_key(demo: Caller) -> None:
    def create(**values: Any) -> int:
        return demo.compute("POST", "os-keypairs", {"keypair": values}, "2.90").status

    assert create(name="key", public_key=KEY) == 201
    assert create(name="key", public_key=KEY) == 409
    assert create(name="a/b", public_key=KEY) == 400
    assert create(name="other", public_key="ssh-rsa nonsense") == 400
    assert demo.compute("DELETE", "os-keypairs/key", version="2.90").status == 204
    assert demo.compute("GET", "os-keypairs/key", version="2.90").status == 404


def test_a_generated_keypair_shows_its_private_half_once(demo: Caller) -> None:
    made = demo.compute("POST", "os-keypairs", {"keypair": {"name": "key"}}, "2.90")["keypair"]
    assert made["private_key"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert "private_key" not in demo.compute("GET", "os-keypairs/key", version="2.90")["keypair"]


def test_an_admin_makes_flavors(demo: Caller, admin: Caller) -> None:
    flavor = {"name": "nfv", "ram": 1024, "vcpus": 2, "disk": 5}
    assert demo.compute("POST", "flavors", {"flavor": flavor}, "2.90").status == 403
    made = admin.compute("POST", "flavors", {"flavor": flavor}, "2.90")["flavor"]
    specs = {"extra_specs": {"hw:cpu_policy": "dedicated"}}
    admin.compute("POST", f"flavors/{made['id']}/os-extra_specs", specs, "2.90")
    assert demo.compute("GET", f"flavors/{made['id']}", version="2.61")["flavor"]["extra_specs"] == specs["extra_specs"]
    assert admin.compute("DELETE", f"flavors/{made['id']}", version="2.90").status == 202
    assert demo.compute("GET", f"flavors/{made['id']}", version="2.90").status == 404
