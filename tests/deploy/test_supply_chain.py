"""What is installed is what was pinned: by hash, by digest, by commit; and what is known against it is reported."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PINS = sorted((ROOT / "requirements").glob("*.txt"))
AUDIT = ROOT / ".venv-audit" / "bin" / "python"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(name: str) -> dict[str, str]:
    """Version by name of the package, of the pins in a file."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    bare = (re.match(r"[\w.-]+", one) for one in requirements)
    return {re.sub(r"[-_.]+", "-", one[0]).lower() for one in bare if one} - {"magi"}


@pytest.mark.parametrize("file", PINS, ids=lambda file: file.name)
def test_every_pin_is_of_one_version_and_has_hashes(file: Path) -> None:
    entries = file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    assert entries
    for entry in entries:
        requirement, *hashes = re.split(r"\s+(?=--hash)", entry)
        assert re.match(r"[a-z0-9-]+==[^\s*]+( ;|$)", requirement), entry
        assert hashes, entry
        assert all(HASH.fullmatch(one) for one in hashes), entry


def test_the_pins_hold_all_that_the_project_names_and_agree_with_each_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    needed = names(project["project"]["dependencies"])
    runtime, dev = pins("runtime.txt"), pins("dev.txt")
    assert needed | {name for extra in extras if extra != "dev" for name in names(extras[extra])} <= runtime.keys()
    assert needed | names(extras["dev"]) | names(project["build-system"]["requires"]) <= dev.keys()
    assert runtime.items() <= dev.items()
    assert pins("build.txt").items() <= dev.items()
    groups = project["dependency-groups"]
    assert groups["build"] == project["build-system"]["requires"]
    assert names(groups["audit"]) <= pins("audit.txt").keys()
    assert names(groups["tools"]) <= pins("tools.txt").keys()
    assert names(groups["pipx"]) <= pins("pipx.txt").keys()
    assert names(groups["fuzz"]) <= pins("fuzz.txt").keys()
    assert names(groups["mutants"]) <= pins("mutants.txt").keys()
    assert names(groups["ansible"]) <= pins("ansible.txt").keys()


def test_make_installs_nothing_that_is_not_pinned_with_a_hash() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "FROM_PINS := --quiet --disable-pip-version-check --require-hashes\n" in text
    assert "OURSELVES := --quiet --disable-pip-version-check --no-deps --no-build-isolation\n" in text
    installs = re.findall(r"pip(?: --python \S+)? (?:install|download) (.*)", text)
    assert len(installs) == 13
    assert [
        one for one in installs if not one.startswith(("$(FROM_PINS) -r", "$(FROM_PINS) --dest", "$(OURSELVES) "))
    ] == [
        "--quiet --disable-pip-version-check uv"  # of `make pins`, which makes them
    ]
    (installed,) = re.findall(r"pipx install (.*)", text)
    assert '--pip-args "--no-index --find-links $(abspath $(WHEEL_VENV))/packages"' in installed


@pytest.mark.parametrize("file", sorted((ROOT / "deploy" / "ci").iterdir()), ids=lambda file: file.name)
def test_a_ci_template_takes_actions_by_commit_images_by_digest_and_packages_by_hash(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    foreign = re.findall(r"^\s*(?:- )?(?:uses|image): (\S+)", text, re.MULTILINE)
    assert foreign
    assert all(re.search(r"@(?:sha256:[0-9a-f]{64}|[0-9a-f]{40})$", one) for one in foreign)
    installs = re.findall(r"pip install (.*)", text)
    assert installs
    assert all("--require-hashes" in one or "--no-deps --no-build-isolation" in one for one in installs)


Advisories = Callable[[str, str], list[dict[str, Any]]]


@pytest.fixture
def service() -> Iterator[Callable[[Advisories], str]]:
    """Starts an advisory service with the API of OSV, that shows what a function has of a package; its URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(known: Advisories) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                vulns = known(asked["package"]["name"], asked["version"])
                body = json.dumps({"vulns": vulns} if vulns else {}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/v1/query"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def advisory(name: str, fixed: str) -> list[dict[str, Any]]:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
    affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}]
    return [{"id": f"PYSEC-{name}", "summary": "bad", "details": "bad", "aliases": [], "affected": affected}]


def audit(url: str) -> tuple[int, str]:
    if not AUDIT.exists():
        pytest.skip("`make audit` installs what audits")
    environment = os.environ | {"MAGI_AUDIT_SERVICE": url}
    command = [str(AUDIT), "-m", "scripts.audit", "requirements/build.txt"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def canary(name: str, version: str) -> list[dict[str, Any]]:
    return advisory("pyyaml", "5.4") if (name, version) == ("pyyaml", "5.3") else []


def test_a_known_vulnerability_of_a_pinned_package_fails_the_audit(service: Callable[[Advisories], str]) -> None:
    def known(name: str, version: str) -> list[dict[str, Any]]:
        return advisory(name, "999.0") if name == "setuptools" else canary(name, version)

    code, reported = audit(service(known))
    assert code == 1
    assert f"setuptools {pins('build.txt')['setuptools']}: PYSEC-setuptools, fixed in: 999.0" in reported


def test_without_one_it_passes_and_counts_what_it_checked(service: Callable[[Advisories], str]) -> None:
    assert audit(service(canary)) == (0, "1 packages audited, 0 with known vulnerabilities.\n")


def test_a_service_that_is_not_there_or_knows_nothing_clears_nothing(service: Callable[[Advisories], str]) -> None:
    for url in ("http://127.0.0.1:9/v1/query", service(lambda *_: [])):
        code, reported = audit(url)
        assert code == 0
        assert reported.startswith(f"NOT AUDITED: {url} ")
        assert "Nothing is known about the packages of requirements/build.txt." in reported
