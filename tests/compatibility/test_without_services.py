"""What Magi does on a cloud without a service, a login or a microversion: one test for each row of the table."""

from __future__ import annotations

import pytest

from reconciler.model import (
    BlockReason,
    ConfigError,
    Desired,
    TargetUnknown,
)
from reconciler.model.findings import Grade
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.compatibility.lab import Lab, observation_error, refused, row, whole
from tests.conformance.samples import (
    DEBIAN,
    PLACE,
    SAMPLES,
    SMALL,
    key,
)
from tests.plan_of import plan_of

SERVER_KEY = SAMPLES["server"].key


@row("identity", "v3")
def test_without_keystone_v3_the_login_fails(lab: Lab) -> None:
    lab.vim.settings(missing_services=["identity"])
    assert isinstance(observation_error(lab), ConfigError)
    (found,) = lab.doctor().values()
    assert (found.verdict, found.area) == (Grade.BROKEN, "login")
    assert "auth_url" in found.hint


@row("identity", "application_credential")
def test_without_application_credentials_a_password_still_logs_in(lab: Lab) -> None:
    lab.vim.settings(refused_logins=["application_credential"])
    with pytest.raises(ConfigError, match="login failed"):
        lab.vim.driver("paris-appcred").observe()
    (found,) = lab.doctor("paris-appcred").values()
    assert "application_credential_secret" in found.hint
    lab.settles(whole())
    assert {one.verdict for one in lab.doctor().values()} == {Grade.FINE}


@row("network", "v2.0")
@row("compute", "v2.1")
@row("image", "v2")
@pytest.mark.parametrize(("service", "version"), [("network", "v2.0"), ("compute", "v2.1"), ("image", "v2")])
def test_without_a_service_the_vim_is_unknown(lab: Lab, service: str, version: str) -> None:
    lab.vim.settings(missing_services=[service])
    assert isinstance(observation_error(lab), ConfigError)
    found = lab.doctor()
    assert [one for one in found if found[one].verdict is not Grade.FINE] == [(service, version)]
    assert isinstance(found[service, version].error, ConfigError)


@row("compute", "2.79")
def test_with_an_older_nova_the_vim_is_unknown(lab: Lab) -> None:
    lab.vim.settings(max_microversion="2.78")
    error = observation_error(lab)
    assert isinstance(error, TargetUnknown)
    assert "2.79 is not supported" in error.message
    assert error.hint == "`magi doctor` shows what the cloud lacks"
    found = lab.doctor()["compute", "microversion 2.79"]
    assert (found.verdict, found.message) == (Grade.BROKEN, "Nova has 2.1 to 2.78")
    lab.vim.settings(max_microversion="2.79")
    lab.settles(whole())


@row("compute", "2.90")
def test_with_an_older_nova_only_servers_with_a_host_name_are_not_made(lab: Lab) -> None:
    lab.vim.settings(max_microversion="2.89")
    lab.settles(whole())
    named = refused(lab, key("server", "fw/fw-1"), ServerSpec(SMALL, DEBIAN, hostname="fw-1"))
    assert "2.90 is not supported" in named.message
    assert named.hint == "the cloud is older than that: see docs/compatibility.md for what needs which microversion"
    found = lab.doctor()["compute", "microversion 2.90"]
    assert (found.verdict, found.message[:9]) == (Grade.LIMITED, "missing: ")
    lab.vim.settings(max_microversion="2.90")
    lab.bench.create(key("server", "fw/fw-1"), ServerSpec(SMALL, DEBIAN, hostname="fw-1"))
    assert ("compute", "microversion 2.90") not in lab.doctor()


@row("block-storage", "v3")
def test_without_cinder_only_what_needs_volumes_is_blocked(lab: Lab) -> None:
    lab.vim.settings(missing_services=["block-storage"])
    desired = {key: one for key, one in whole().items() if not key.kind.startswith("volume")}
    lab.settles(desired)
    volume = SAMPLES["volume"]
    desired[volume.key] = Desired(volume.key, volume.spec, PLACE)
    (step,) = plan_of(desired, lab.bench.observe()).steps.values()
    assert step.blocked is BlockReason.MISSING
    assert step.reason == "VIM paris can't have a volume: the cloud has no block-storage service"
    found = lab.doctor()["block-storage", "v3"]
    assert (found.verdict, found.message[:9]) == (Grade.LIMITED, "missing: ")


@row("block-storage", "3.59")
def test_with_an_older_cinder_the_vim_is_unknown_where_volumes_are_desired(lab: Lab) -> None:
    lab.vim.settings(max_volume_microversion="3.58")
    assert lab.vim.driver().observe().observed == {}
    with pytest.raises(TargetUnknown, match=r"3\.59 is not supported"):
        lab.vim.driver().observe({"volume"})
    assert lab.doctor()["block-storage", "microversion 3.59"].verdict is Grade.LIMITED
