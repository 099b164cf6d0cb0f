"""From a commit on a Git server to servers in a cloud, and back: through the real command and the real protocols."""

from __future__ import annotations

from typing import Any

import openstack
import pytest

from reconciler.targets.openstack.observing.worlds import SURVEY
from tests.end_to_end.conftest import Workplace
from tests.waiting import PATIENCE


@pytest.fixture
def cloud(workplace: Workplace) -> Any:
    config = openstack.config.OpenStackConfig(config_files=[str(workplace.clouds_file)])
    with openstack.connection.Connection(config=config.get_one(cloud="paris")) as connection:
        yield connection


def apply(workplace: Workplace, *options: str) -> None:
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file), *options)
    assert done.code == 0, done.err


def plan(workplace: Workplace, *options: str) -> dict[str, set[tuple[str, str, str]]]:
    """Action, kind and name of what is planned, by VIM."""
    done = workplace.magi("plan", workplace.url, "--clouds-file", str(workplace.clouds_file), "-o", "json", *options)
    assert done.code == 0, done.err
    return {
        vim["vim"]: {(one["action"], one["kind"], one["name"]) for one in vim["resources"]} for vim in done.json["vims"]
    }


NOTHING: dict[str, set[tuple[str, str, str]]] = {"paris": set(), "lyon": set()}


def test_a_first_sync_makes_the_service_and_a_second_observation_writes_nothing(
    workplace: Workplace, cloud: Any
) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    assert sorted((server.name, server.status) for server in cloud.compute.servers()) == [
        ("vcpe-paris/fw/fw-0", "ACTIVE"),
        ("vcpe-paris/fw/fw-1", "ACTIVE"),
    ]
    workplace.simulator.reset_requests()
    done = workplace.magi("plan", workplace.url, "--clouds-file", str(workplace.clouds_file), "--detailed-exitcode")
    assert (done.code, "Nothing to do" in done.out) == (0, True)
    assert workplace.writes() == []


def test_an_observation_with_nothing_to_do_takes_at_most_twelve_requests_a_vim_login_included(
    workplace: Workplace,
) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    workplace.simulator.reset_requests()
    shown = workplace.magi("drift", workplace.url, "--clouds-file", str(workplace.clouds_file))
    assert shown.code == 0, shown.err
    for vim in ("paris", "lyon"):
        assert 0 < sum(entry["count"] for entry in workplace.simulator.requests() if entry["cloud"] == vim) <= 12


def test_a_plan_with_nothing_to_do_asks_for_each_listing_once(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    workplace.simulator.reset_requests()
    assert plan(workplace) == NOTHING
    for vim in ("paris", "lyon"):
        asked = [entry for entry in workplace.simulator.requests() if entry["cloud"] == vim]
        listed = [entry["route"] for entry in asked if entry["method"] == "GET" and entry["service"] != "identity"]
        assert len(listed) == len(set(listed)) >= len(SURVEY.listings)
        assert sum(entry["count"] for entry in asked) <= len(SURVEY.listings) + 3


def test_scaling_out_and_reverting_adds_and_removes_the_highest_index_alone(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    workplace.edit("services/vcpe-paris.yaml", "counts: {fw: 2}", "counts: {fw: 3}", "Scale")
    new = {("port", "vcpe-paris/fw/fw-2/eth0"), ("port", "vcpe-paris/fw/fw-2/eth1"), ("server", "vcpe-paris/fw/fw-2")}
    assert plan(workplace) == {"paris": {("create", *one) for one in new}, "lyon": set()}
    apply(workplace)
    workplace.work.git("revert", "--no-edit", "HEAD")
    workplace.work.push()
    assert plan(workplace) == {"paris": {("delete", *one) for one in new}, "lyon": set()}
    apply(workplace)
    assert plan(workplace) == NOTHING


def test_drift_manually_is_shown_field_by_field_and_repaired(workplace: Workplace, cloud: Any) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    # A port that a server uses goes only for an admin.
    config = openstack.config.OpenStackConfig(config_files=[str(workplace.clouds_file)])
    with openstack.connection.Connection(config=config.get_one(cloud="paris-admin")) as admin:
        admin.network.delete_port(admin.network.find_port("vcpe-paris/fw/fw-0/eth1", ignore_missing=False))
    group = cloud.network.find_security_group("vcpe-paris/fw/mgmt")
    cloud.network.update_security_group(group, name="temporary")
    ssh = next(rule for rule in group.security_group_rules if rule["port_range_min"] == 22)
    cloud.network.delete_security_group_rule(ssh["id"])
    cloud.network.create_security_group_rule(security_group_id=group.id, direction="ingress", protocol="tcp")
    done = workplace.magi("plan", workplace.url, "--clouds-file", str(workplace.clouds_file))
    rules = "security-group-rule vcpe-paris/fw/mgmt/ingress-ipv4-tcp"
    for text in (
        "name: temporary -> vcpe-paris/fw/mgmt",
        f"- {rules}\n",
        f"+ {rules}-22-from-192.168.0.0/16",
        "+ port                vcpe-paris/fw/fw-0/eth1",
        "ports: +vcpe-paris/fw/fw-0/eth1",
    ):
        assert text in done.out
    apply(workplace)
    assert plan(workplace) == NOTHING
    server = cloud.compute.find_server("vcpe-paris/fw/fw-0")
    assert len(list(cloud.network.ports(device_id=server.id))) == 2


def test_a_typo_is_refused_with_its_place_and_nothing_is_asked_of_the_clouds(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    workplace.edit("descriptors/firewall.yaml", "flavor: m1.small", "flavour: m1.small")
    workplace.simulator.reset_requests()
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == 1
    assert (
        done.err == "descriptors/firewall.yaml:27:7: unknown field 'flavour' in spec.vdus[0] (did you mean 'flavor'?)\n"
    )
    assert workplace.simulator.requests() == []


def test_nothing_without_the_owner_mark_is_ever_written_to(workplace: Workplace, cloud: Any) -> None:
    """Foreign resources exist beside managed ones, some with the same names; all that are managed come and go."""
    network = cloud.network.create_network(name="vcpe-paris/lan")
    cloud.network.create_subnet(network_id=network.id, ip_version=4, cidr="10.8.0.0/24", name="vcpe-paris/lan/ipv4")
    port = cloud.network.create_port(network_id=network.id, name="vcpe-paris/fw/fw-0/eth1")
    cloud.network.create_security_group(name="vcpe-paris/fw/mgmt", description="magi:other vcpe-paris/fw/mgmt")
    cloud.network.create_router(name="vcpe-paris/internet", description="magi:magix vcpe-paris/internet")
    image, flavor = cloud.image.find_image("debian-12"), cloud.compute.find_flavor("m1.small")
    server = cloud.compute.create_server(
        name="vcpe-paris/fw/fw-0", image_id=image.id, flavor_id=flavor.id, networks=[{"port": port.id}]
    )
    cloud.compute.wait_for_server(server, interval=0.1)
    cloud.compute.create_keypair(name="vcpe-paris_fw_operator")

    def foreign() -> list[Any]:
        kept = {"id", "name", "description", "status", "revision_number", "fixed_ips", "security_group_rules"}
        lists = (
            cloud.network.networks(),
            cloud.network.subnets(),
            cloud.network.ports(),
            cloud.network.routers(),
            cloud.network.security_groups(),
            cloud.compute.servers(),
            cloud.compute.keypairs(),
        )
        found = [{k: v for k, v in one.to_dict().items() if k in kept} for some in lists for one in some]
        return [one for one in found if one["id"] in before or not before]

    before: set[str] = set()
    was = foreign()
    before = {one["id"] for one in was}
    workplace.copy_example("vcpe")
    apply(workplace)
    workplace.work.git("rm", "-q", "-r", "services")
    workplace.work.commit({}, "Everything goes")
    assert workplace.approve("--yes", "--push").code == 0
    apply(workplace)
    assert foreign() == was
    assert plan(workplace) == NOTHING


def test_only_the_named_service_and_vim_are_touched(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    apply(workplace, "--service", "vcpe-lyon", "--vim", "lyon")
    found = plan(workplace)
    assert found["lyon"] == set()
    assert len(found["paris"]) == 17


def test_a_revision_of_the_past_can_be_planned(workplace: Workplace) -> None:
    first = workplace.copy_example("vcpe")
    apply(workplace)
    workplace.edit("services/vcpe-paris.yaml", "counts: {fw: 2}", "counts: {fw: 3}")
    assert len(plan(workplace)["paris"]) == 3
    assert plan(workplace, "--revision", first[:12]) == NOTHING


def test_removing_a_service_deletes_all_of_it(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    workplace.work.git("rm", "-q", "services/vcpe-lyon.yaml")
    workplace.work.commit({}, "Lyon closes")
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == 0, done.err
    assert "vcpe-lyon" not in done.out.splitlines()[-1]
    assert plan(workplace) == NOTHING


def test_an_interrupted_apply_is_finished_by_the_next_one_without_duplicates(workplace: Workplace, cloud: Any) -> None:
    workplace.copy_example("vcpe")
    process = workplace.start("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert process.stdout is not None
    for line in process.stdout:
        if "created port" in line:
            break
    process.kill()
    process.wait()
    process.stdout.close()
    apply(workplace)
    assert plan(workplace) == NOTHING
    names = [port.name for port in cloud.network.ports() if port.name]
    assert sorted(names) == sorted(set(names))
    assert len(list(cloud.network.networks(project_id=cloud.current_project_id))) == 1


def test_a_user_data_change_is_a_rebuild_that_needs_consent(workplace: Workplace, cloud: Any) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    before = {server.name: server.id for server in cloud.compute.servers()}
    workplace.edit("descriptors/cloud-init/firewall.yaml", "ip_forward = 1", "ip_forward = 0")
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == 6
    assert "rebuild needs consent" in done.err
    text = "  vim: paris\n"
    workplace.edit("services/vcpe-paris.yaml", text, f"{text}  changes: {{disruptive: allow}}\n")
    text = text.replace("paris", "lyon")
    workplace.edit("services/vcpe-lyon.yaml", text, f"{text}  changes: {{disruptive: allow}}\n")
    apply(workplace)
    assert plan(workplace) == NOTHING
    assert {server.name: server.id for server in cloud.compute.servers()} == before


def test_an_apply_without_anyone_to_ask_needs_yes(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    done = workplace.magi("apply", workplace.url, "--clouds-file", str(workplace.clouds_file), stdin="")
    assert done.code == 64
    assert "give --yes" in done.err
    assert workplace.writes() == []


def test_the_documents_of_a_work_tree_are_taken_as_they_are_on_disk(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    (workplace.work.path / "hello.yaml").write_text("kind: Nonsense\n")
    done = workplace.magi("validate", str(workplace.work.path))
    assert done.code == 1
    assert "hello.yaml:1:" in done.out
    assert workplace.magi("validate", str(workplace.work.path), "--revision", "HEAD").code == 0


def test_the_demo_shows_its_story_to_the_end(workplace: Workplace) -> None:
    done = workplace.magi("demo")
    assert done.code == 0, done.err
    for words in ("17 to create", "Nothing to do", "3 to create", "name: temporary ->", "3 to delete"):
        assert words in done.out
    assert "did you mean 'flavor'?" in done.err
    assert not list(workplace.folder.glob("magi-demo-*"))


def test_the_simulator_ends_on_sigterm_and_removes_nothing_but_itself(workplace: Workplace) -> None:
    file = workplace.folder / "other.yaml"
    process = workplace.start("simulate", "--vims", "rome", "--clouds-file", str(file))
    assert process.stdout is not None
    assert process.stdout.readline().startswith("rome at http://127.0.0.1:")
    assert "rome:" in file.read_text()
    process.terminate()
    assert process.wait(PATIENCE) == 0
    process.stdout.close()


def test_too_many_deletes_at_once_are_blocked_and_the_service_stands(workplace: Workplace, cloud: Any) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    workplace.work.git("rm", "-q", "services/vcpe-paris.yaml")
    workplace.edit("policy.yaml", "maxDeletes: 20", "maxDeletes: 10", "Everything on paris goes")
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == 6
    assert "and 13 more blocked: 14 deletes on paris are more than maxDeletes: 10 of the Policy" in done.err
    assert len(list(cloud.compute.servers())) == 2


def test_services_that_an_ignore_file_hides_are_deleted_under_the_usual_guards(
    workplace: Workplace, cloud: Any
) -> None:
    workplace.copy_example("vcpe")
    apply(workplace)
    workplace.work.write({".magiignore": "services/vcpe-paris.yaml\n"})
    workplace.edit("policy.yaml", "maxDeletes: 20", "maxDeletes: 10", "Everything on paris goes")
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == 6
    assert "and 13 more blocked: 14 deletes on paris are more than maxDeletes: 10 of the Policy" in done.err
    assert len(list(cloud.compute.servers())) == 2
