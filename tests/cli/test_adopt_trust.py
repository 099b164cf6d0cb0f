"""What `magi adopt` writes is held to what the operator says of documents, as a plan is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from openstack_simulator import CloudSettings, Simulator
from reconciler.cli.main import magi
from tests.simulator.callers import Caller

VIM = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: paris}\nspec: {type: openstack}\n"

Adopt = Callable[..., tuple[object, str]]


@pytest.fixture
def adopt(tmp_path: Path) -> Iterator[Adopt]:
    """Adopts a network into the repository `tmp_path`/ns; what came of it, and what was said."""
    source = tmp_path / "ns"
    source.mkdir()
    (source / "vims.yaml").write_text(VIM)
    with Simulator({"paris": CloudSettings()}) as simulator:
        Caller(f"{simulator.url}/paris").make("network", name="shop-net")
        clouds = simulator.write_clouds_file(tmp_path / "clouds.yaml")

        def adopted(out: str = "shop.yaml", **variables: Path) -> tuple[object, str]:
            given = ["--vim", "paris", "--name", "shop-*", "--clouds-file", str(clouds), "--out", str(source / out)]
            environment = {name: str(value) for name, value in variables.items()}
            done = CliRunner().invoke(
                magi, ["adopt", "shop", str(source), *given], env=environment, standalone_mode=False
            )
            return done.return_value, done.output + str(done.exception or "")

        yield adopted


def test_what_is_adopted_may_be_where_its_owners_may_define_it(adopt: Adopt, tmp_path: Path) -> None:
    owners = tmp_path / "owners.yaml"
    owners.write_text("owners: [{paths: [vims.yaml], vims: ['*']}, {paths: ['teams/**'], services: [shop]}]\n")
    printed = adopt("shop.yaml", MAGI_TRUST_OWNERS_FILE=owners)[1]
    assert "no one may define documents in shop.yaml" in printed
    assert not (tmp_path / "ns/shop.yaml").exists()
    code, printed = adopt("teams/shop.yaml", MAGI_TRUST_OWNERS_FILE=owners)
    assert code == 0, printed
    assert (tmp_path / "ns/teams/shop.yaml").exists()


def test_files_of_the_operator_that_are_wrong_are_reported(adopt: Adopt, tmp_path: Path) -> None:
    for name in ("MAGI_TRUST_OWNERS_FILE", "MAGI_TRUST_APPROVERS_FILE"):
        assert f"{tmp_path}/none.yaml: No such file" in adopt(**{name: tmp_path / "none.yaml"})[1]
    (tmp_path / "rules").mkdir()
    assert "holds no rules" in adopt(MAGI_REGO_FOLDER=tmp_path / "rules")[1]
