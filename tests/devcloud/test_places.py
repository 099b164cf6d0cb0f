"""Where a home may be, and which ports and parts its clouds get."""

from pathlib import Path

import pytest

from devcloud.places import Home, check_name, find_home, known_clouds, plan_clouds
from devcloud.progress import Failure


def test_the_home_is_given_or_from_the_environment_or_in_the_checkout() -> None:
    environment = {"MAGI_DEVCLOUD_HOME": "/srv/devcloud"}
    assert find_home(environment, "/given").path == Path("/given")
    assert find_home(environment).path == Path("/srv/devcloud")
    assert find_home({}, "relative").path == Path.cwd() / "relative"
    checkout = Path(__file__).parents[2]
    if len(str(checkout)) < 40:
        assert find_home({}).path == checkout / ".devcloud"


@pytest.mark.parametrize("path", ["/with space", "/with$dollar", "/with%percent", "/" + "long/" * 30])
def test_a_home_that_files_or_sockets_cannot_hold_is_refused_with_a_way_out(path: str) -> None:
    with pytest.raises(Failure, match="MAGI_DEVCLOUD_HOME"):
        find_home({}, path)


@pytest.mark.parametrize("name", ["", "Paris", "a-b", "1st", "schema", "shared", "x" * 13, "paris;drop"])
def test_a_name_that_cannot_be_one_of_a_database_is_refused(name: str) -> None:
    with pytest.raises(Failure):
        check_name(name)


def test_new_clouds_get_the_next_free_hundred(tmp_path: Path) -> None:
    paris, lyon = plan_clouds(Home(tmp_path), ["paris", "lyon"], (), None)
    assert (paris.first_port, lyon.first_port) == (21000, 21100)


def test_a_known_cloud_keeps_its_ports_and_parts(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.cloud("paris", 21000, ("heat",)).save()
    lyon, paris = plan_clouds(home, ["lyon", "paris"], ("cinder",), None)
    assert (lyon.first_port, lyon.parts) == (21100, ("cinder",))
    assert (paris.first_port, paris.parts) == (21000, ("cinder", "heat"))
    assert [cloud.name for cloud in known_clouds(home)] == ["paris"]


def test_the_first_port_may_be_chosen(tmp_path: Path) -> None:
    clouds = plan_clouds(Home(tmp_path), ["paris", "lyon"], (), 30000)
    assert [cloud.first_port for cloud in clouds] == [30000, 30100]
