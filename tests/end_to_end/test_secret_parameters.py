"""Secrets the whole way: into an instance, and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tests.end_to_end.conftest import Workplace

FILES = {
    "vim.yaml": "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}\n",
    "database.yaml": """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: database}
spec:
  parameters:
    - {name: password, type: string, secret: true}
    - {name: token, type: string, secret: true}
    - {name: realm, type: string}
  vdus:
    - name: db
      image: debian-12
      flavor: m1.small
      metadata: {realm: "{{ realm }}"}
      userData: {inline: "#cloud-config\\n# {{ realm }} {{ password }} {{ token }}\\n"}
""",
    "hss.yaml": """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: hss}
spec:
  vim: paris
  vnfs:
    - name: db
      descriptor: database
      parameters:
        realm: home
        password: {secretRef: {age: db.age}}
        token: {secretRef: {env: MAGI_SECRET_TOKEN}}
""",
}
SECRETS = ("open sesame", "t0ken-of-ali")


@pytest.fixture
def at_hand(workplace: Workplace, tmp_path: Path) -> dict[str, str]:
    """The repository with an encrypted file, and the environment that has what it needs."""
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity.txt").write_text(f"{identity}\n", encoding="utf-8")
    (workplace.work.path / "db.age").write_bytes(pyrage.encrypt(b"open sesame\n", [identity.to_public()]))
    workplace.work.git("add", "db.age")
    workplace.work.commit(FILES)
    return {"MAGI_SECRETS_IDENTITY_FILE": str(tmp_path / "identity.txt"), "MAGI_SECRET_TOKEN": "t0ken-of-ali"}


def run(workplace: Workplace, *arguments: str, extra: dict[str, str]) -> str:
    """The command at the repository. Fails the test where it fails, and where it shows a secret."""
    command, *options = arguments
    clouds = () if command == "validate" else ("--clouds-file", str(workplace.clouds_file))
    done = workplace.magi(command, workplace.url, *options, *clouds, extra=extra)
    assert done.code == 0, done.err
    assert not any(secret in done.out + done.err for secret in SECRETS)
    return done.out


def server(workplace: Workplace) -> Any:
    (found,) = workplace.simulator.clouds["paris"].compute.servers
    return found


def test_secrets_go_into_the_instance_and_are_shown_nowhere(workplace: Workplace, at_hand: dict[str, str]) -> None:
    run(workplace, "validate", extra={})
    run(workplace, "plan", extra=at_hand)
    run(workplace, "plan", "-o", "json", extra=at_hand)
    run(workplace, "apply", "--yes", extra=at_hand)
    run(workplace, "apply", "--yes", "-o", "json", extra=at_hand)
    sent = base64.b64decode(server(workplace)["user_data"]).decode()
    assert sent == "#cloud-config\n# home open sesame t0ken-of-ali\n"
    assert not any(secret in str(server(workplace)["metadata"]) for secret in SECRETS)


def test_a_plan_without_the_secrets_finds_no_drift_and_says_what_it_left_out(
    workplace: Workplace, at_hand: dict[str, str]
) -> None:
    run(workplace, "apply", "--yes", extra=at_hand)
    output = run(workplace, "plan", "--detailed-exitcode", extra={})
    assert (
        "    not compared: server hss/db/db-0: its user data needs secret 'password': age file db.age is not "
        "decrypted: secrets.identityFile (MAGI_SECRETS_IDENTITY_FILE) is not set\n"
    ) in output.replace("\nsecrets", " secrets")
    assert "Nothing to do in what could be compared." in output


def test_another_secret_is_a_rebuild_that_needs_consent(workplace: Workplace, at_hand: dict[str, str]) -> None:
    run(workplace, "apply", "--yes", extra=at_hand)
    before = server(workplace)["id"]
    output = run(workplace, "plan", extra={**at_hand, "MAGI_SECRET_TOKEN": "another"})
    assert "blocked: rebuild needs consent" in output
    workplace.edit("hss.yaml", "  vim: paris\n", "  vim: paris\n  changes: {disruptive: allow}\n")
    run(workplace, "apply", "--yes", extra={**at_hand, "MAGI_SECRET_TOKEN": "another"})
    assert base64.b64decode(server(workplace)["user_data"]).decode().endswith(" another\n")
    assert server(workplace)["id"] == before


def test_a_pin_can_t_be_found_by_trying_all_of_them_in_anything_that_magi_writes_or_shows(
    workplace: Workplace, at_hand: dict[str, str]
) -> None:
    """As someone would who reads plans, saved plans, the API of the VIM and a pull request, and knows Git."""
    at_hand["MAGI_SECRET_TOKEN"] = "4711"
    saved = workplace.folder / "plan.json"
    shown = [
        run(workplace, "plan", extra=at_hand),
        run(workplace, "plan", "-o", "json", extra=at_hand),
        run(workplace, "plan", "-o", "markdown", extra=at_hand),
        run(workplace, "plan", "--out", str(saved), extra=at_hand),
        saved.read_text(encoding="utf-8"),
        run(workplace, "apply", "--yes", "-o", "json", extra=at_hand),
        str(server(workplace)["metadata"]),
    ]
    words = set(re.findall(r"[0-9a-f]{8,}", "".join(shown)))
    assert any(server(workplace)["metadata"]["magi:user-data"].endswith(word) for word in words)
    for pin in range(10_000):
        text = f"#cloud-config\n# home open sesame {pin:04}\n"
        digest = hashlib.sha256(text.encode()).hexdigest()
        assert not any(digest.startswith(word) for word in words), pin


def test_a_plan_of_someone_with_the_secrets_and_another_key_compares_nothing_and_rebuilds_nothing(
    workplace: Workplace, at_hand: dict[str, str]
) -> None:
    run(workplace, "apply", "--yes", extra=at_hand)
    out = run(workplace, "plan", extra=at_hand | {"MAGI_DIGEST_KEY": "another key, which is long enough"})
    assert "not compared" in out
    assert "is by key" in out
    assert "rebuild" not in out
    run(workplace, "apply", "--yes", extra=at_hand | {"MAGI_DIGEST_KEY": "another key, which is long enough"})
    assert "nothing to do" in run(workplace, "plan", extra=at_hand)
