"""Everything that a user can get wrong, or find broken: one clear message, what to do, an exit code of its class."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.cli import exits
from tests.end_to_end.conftest import Workplace

BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))

DOCUMENTS: dict[str, tuple[str | bytes, str]] = {
    "a file of 100 MB": (b"#" * 100_000_000, "bad.yaml:1:1: the file has 100,000,000 bytes; at most 4,194,304"),
    "an alias bomb": (BOMB, "bad.yaml:1:4: "),
    "nesting 50,000 deep": ("[" * 50_000 + "]" * 50_000, "bad.yaml:1:65: "),
    "duplicate keys": ("apiVersion: magi/v1alpha1\nkind: Vim\nkind: Policy\n", "bad.yaml:3:1: "),
    "NUL bytes": (b"kind: Vim\0\n", "bad.yaml:1:10: "),
    "a wrong kind": ("apiVersion: magi/v1alpha1\nkind: NetworkServise\n", "(did you mean 'NetworkService'?)"),
    "a field that is nearly right": (
        "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: rome}\nspec: {type: openstack, externalNetwrk: x}\n",
        "(did you mean 'externalNetwork'?)",
    ),
    "text that is no YAML": ("kind: 'Vim\n", "bad.yaml:"),
    "a list instead of a document": ("- 1\n", "bad.yaml:1:1: a document must be a mapping"),
    "another tool's YAML": ("services:\n  web: {image: nginx}\n", "missing field 'apiVersion'"),
}


@pytest.mark.parametrize("content", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_bad_document_is_reported_with_its_place(workplace: Workplace, content: tuple[str | bytes, str]) -> None:
    workplace.copy_example("hello-world")
    data, message = content
    (workplace.work.path / "bad.yaml").write_bytes(data if isinstance(data, bytes) else data.encode())
    workplace.work.git("add", "-A")
    workplace.work.git("commit", "-q", "-m", "Bad")
    validated = workplace.magi("validate", str(workplace.work.path))
    assert (validated.code, message in validated.out) == (exits.DOCUMENTS, True), validated.out
    applied = workplace.magi(
        "apply", str(workplace.work.path), "--revision", "HEAD", "--yes", "--clouds-file", str(workplace.clouds_file)
    )
    assert (applied.code, message in applied.err) == (exits.DOCUMENTS, True), applied.err
    assert workplace.simulator.requests() == []


def empty_repository(workplace: Workplace) -> list[str]:
    workplace.work.git("update-ref", "-d", "HEAD")
    return [str(workplace.work.bare)]


def no_documents(workplace: Workplace) -> list[str]:
    workplace.work.commit({"README.md": "nothing yet"})
    return [workplace.url]


def no_git_server(_workplace: Workplace) -> list[str]:
    return ["http://127.0.0.1:9/ns.git"]


def no_such_repository(workplace: Workplace) -> list[str]:
    return [f"{workplace.server.url}/other.git"]


def vanished_branch(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    return [workplace.url, "--revision", "release"]


def no_such_path(_workplace: Workplace) -> list[str]:
    return ["./nowhere"]


def missing_entry(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    workplace.edit("vims.yaml", "cloud: paris", "cloud: pariss")
    return [workplace.url]


def no_clouds_file(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    return [workplace.url, "--clouds-file", "gone.yaml"]


def wrong_password(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    text = workplace.clouds_file.read_text()
    workplace.clouds_file.write_text(text.replace("password: secret", "password: guess"))
    return [workplace.url]


def unreachable_vim(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    text = workplace.clouds_file.read_text()
    workplace.clouds_file.write_text(text.replace(workplace.simulator.url, "http://127.0.0.1:9"))
    return [workplace.url]


def put(workplace: Workplace, path: str, body: Any) -> None:
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"{workplace.simulator.url}/{path}", data, method="PUT")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        assert answer.status < 300


def vim_answers_500(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    put(workplace, "_simulator/faults", [{"cloud": "paris", "service": "network", "status": 500}])
    return [workplace.url]


def vim_answers_garbage(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    put(workplace, "_simulator/faults", [{"cloud": "paris", "service": "compute", "garbage": True}])
    return [workplace.url]


def unknown_flavor(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    workplace.edit("web.yaml", "flavor: m1.small", "flavor: m1.smal")
    return [workplace.url]


def unknown_image(workplace: Workplace) -> list[str]:
    workplace.copy_example("hello-world")
    workplace.edit("web.yaml", "image: ubuntu-24.04", "image: ubuntu-99.04")
    return [workplace.url]


Case = tuple[Callable[[Workplace], list[str]], int, list[str]]

CASES: list[Case] = [
    (empty_repository, exits.SOURCE, ["no commit"]),
    (no_documents, exits.DOCUMENTS, ["no documents", "hello-world"]),
    (no_git_server, exits.SOURCE, ["cannot be reached", "check the URL"]),
    (no_such_repository, exits.SOURCE, ["there is no Git repository", "check the URL"]),
    (vanished_branch, exits.SOURCE, ["release", "main"]),
    (no_such_path, exits.SOURCE, ["'./nowhere' does not exist", "give a directory"]),
    (missing_entry, exits.CONFIG, ["no entry 'pariss'", "did you mean 'paris'?", "vims.yaml:"]),
    (no_clouds_file, exits.CONFIG, ["gone.yaml does not exist", "--clouds-file"]),
    (wrong_password, exits.CONFIG, ["login failed", "check auth_url, user, password"]),
    (unreachable_vim, exits.TARGET, ["VIM paris can't be reached", "check that its auth_url"]),
    (vim_answers_500, exits.TARGET, ["VIM paris can't be observed", "500", "nothing is changed there"]),
    (vim_answers_garbage, exits.TARGET, ["VIM paris can't be observed", "not its API"]),
    (unknown_flavor, exits.STEPS, ["flavor 'm1.smal' does not exist on VIM paris", "did you mean 'm1.small'?"]),
    (unknown_image, exits.STEPS, ["image 'ubuntu-99.04' does not exist on VIM paris", "did you mean"]),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0].__name__.replace("_", " ") for case in CASES])
def test_what_is_broken_ends_plan_and_apply_in_one_clear_message(workplace: Workplace, case: Case) -> None:
    prepare, code, words = case
    source, *options = prepare(workplace)
    if "--clouds-file" not in options:
        options += ["--clouds-file", str(workplace.clouds_file)]
    for command in (["plan"], ["apply", "--yes"]):
        done = workplace.magi(*command, source, *options)
        assert done.code == code, done.err
        # A step that is blocked is shown where it is in the plan.
        output = done.err + (done.out if code == exits.STEPS else "")
        assert [word for word in words if word not in output] == [], output
    detailed = workplace.magi("plan", source, "--detailed-exitcode", *options)
    assert detailed.code == 1
    assert [entry for entry in workplace.writes() if entry[2].startswith("/v2.1/servers")] == []


def test_passwords_and_tokens_are_in_no_message(workplace: Workplace) -> None:
    url = workplace.url.replace("http://", "http://ada:hunter2@")
    done = workplace.magi("plan", f"{url}x", "--clouds-file", str(workplace.clouds_file))
    assert done.code == exits.SOURCE
    assert "hunter2" not in done.err + done.out


def test_a_wrong_command_line_has_its_own_exit_code(workplace: Workplace) -> None:
    for arguments in (["plann"], ["plan"], ["plan", ".", "--outputt", "json"], ["status", "--url", "ftp://x"]):
        assert workplace.magi(*arguments).code == exits.USAGE


def test_names_of_vims_and_services_that_do_not_exist_are_reported_with_a_near_one(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    for options, words in (
        (["--vim", "pariss"], "no Vim 'pariss' in the documents; did you mean 'paris'?"),
        (["--service", "vcpe-pari"], "no NetworkService 'vcpe-pari' in the documents; did you mean 'vcpe-paris'?"),
    ):
        done = workplace.magi("plan", workplace.url, "--clouds-file", str(workplace.clouds_file), *options)
        assert done.code == exits.USAGE
        assert words in " ".join(done.err.split())


def test_a_sick_vim_does_not_keep_the_other_from_being_applied(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    put(workplace, "_simulator/faults", [{"cloud": "paris", "service": "network", "status": 503}])
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == exits.TARGET
    assert [line.split()[3] for line in done.out.splitlines() if line.startswith("vcpe-lyon")] == ["healthy"]
    assert {entry[0] for entry in workplace.writes()} == {"lyon"}


def test_a_server_that_ends_in_error_is_a_failure_with_the_clouds_words(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    put(workplace, "_simulator/clouds/paris/settings", {"fail_image": "ubuntu-24.04"})
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == exits.STEPS
    assert "No valid host was found" in done.out


def test_a_quota_that_is_used_up_is_reported_and_the_rest_is_done(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    put(workplace, "_simulator/clouds/paris/settings", {"compute_quotas": {"instances": 1}})
    done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
    assert done.code == exits.STEPS
    assert "Quota exceeded" in done.err
    assert "raise the quota or ask for less" in done.err
    assert "1 server" not in done.err
