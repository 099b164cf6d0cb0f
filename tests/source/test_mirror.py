"""Reading a repository elsewhere: what is fetched, what happens when the server or the mirror fails."""

import base64
import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.source import (
    AuthenticationError,
    GitSource,
    NotARepositoryError,
    RevisionNotFoundError,
    SourceError,
    SourceTimeoutError,
    UnreachableError,
    open_source,
)
from tests.git_server import GitServer, serve_repositories
from tests.git_work import Work

TOKEN = "s3cret-token-value"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def edge(server: GitServer, cache: Path, ref: str | None = None, *, path: str = "", timeout: float = 30) -> GitSource:
    return GitSource(f"{server.url}/edge.git", ref, cache_dir=cache, path=path, timeout=timeout, environ={})


def processes_that_name(text: str) -> list[str]:
    """The command lines of all processes of this machine that hold a text."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # ended meanwhile
            found.append(file.read_text(errors="replace").replace("\0", " "))
    return [line for line in found if text in line]


def test_the_newest_commit_of_the_default_branch_is_read(work: Work, server: GitServer, cache: Path) -> None:
    commit = work.commit({"a.yaml": "a: 1\n", "sub/b.yaml": "b: 2\n"}, "Add a and b\n\nMore words.")
    snapshot = edge(server, cache).fetch()
    assert snapshot.commit == commit
    assert snapshot.label == f"{server.url}/edge.git"
    assert snapshot.subject == "Add a and b"
    assert snapshot.committed_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert {file.path: file.size for file in snapshot.files.values()} == {"a.yaml": 5, "sub/b.yaml": 5}
    assert snapshot.files["a.yaml"].blob == work.git("rev-parse", "HEAD:a.yaml")
    assert snapshot.read(["sub/b.yaml", "a.yaml"]) == {"sub/b.yaml": b"b: 2\n", "a.yaml": b"a: 1\n"}


def test_later_commits_are_seen_and_earlier_snapshots_stay_readable(work: Work, server: GitServer, cache: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    source = edge(server, cache)
    before = source.fetch()
    second = work.commit({"a.yaml": "a: 2\n"})
    after = source.fetch()
    assert after.commit == second
    assert before.read(["a.yaml"]) == {"a.yaml": b"a: 1\n"}
    assert after.read(["a.yaml"]) == {"a.yaml": b"a: 2\n"}


def test_an_unchanged_commit_is_not_listed_again(work: Work, server: GitServer, cache: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    source = edge(server, cache)
    source.fetch()
    again = source.fetch()
    assert source.fetch() is again


def test_a_force_push_is_followed(work: Work, server: GitServer, cache: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    work.commit({"b.yaml": "b: 1\n"})
    source = edge(server, cache)
    source.fetch()
    work.git("reset", "-q", "--hard", "HEAD~1")
    other = work.commit({"c.yaml": "c: 1\n"})
    snapshot = source.fetch()
    assert snapshot.commit == other
    assert sorted(snapshot.files) == ["a.yaml", "c.yaml"]


def test_branches_tags_and_commits_can_be_named(work: Work, server: GitServer, cache: Path) -> None:
    first = work.commit({"a.yaml": "a: 1\n"})
    work.git("tag", "-a", "v1.0", "-m", "release")
    work.push("origin", "v1.0")
    work.git("checkout", "-q", "-b", "team/next")
    second = work.commit({"a.yaml": "a: 2\n"})
    work.push("origin", "HEAD:refs/heads/größe")
    for ref, commit in (
        ("main", first),
        ("v1.0", first),
        ("team/next", second),
        (first, first),
        (second[:8], second),
        ("v1.0~0", first),
        ("größe", second),
        ("HEAD", first),
        ("HEAD~0", first),
        (None, first),
    ):
        assert edge(server, cache, ref).fetch().commit == commit


def test_a_commit_that_no_branch_leads_to_is_asked_for_by_its_id(work: Work, server: GitServer, cache: Path) -> None:
    lost = work.commit({"a.yaml": "a: 1\n"})
    work.git("commit", "-q", "--amend", "-m", "another")
    work.push()
    work.git("--git-dir", str(work.bare), "config", "uploadpack.allowAnySHA1InWant", "true")
    assert edge(server, cache, lost).fetch().commit == lost


def test_a_branch_that_vanishes_is_named_with_its_neighbours_and_the_last_commit_stays(
    work: Work, server: GitServer, cache: Path
) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    work.git("checkout", "-q", "-b", "release-1")
    kept = work.commit({"a.yaml": "a: 2\n"})
    source = edge(server, cache, "release-1")
    source.fetch()
    work.push("origin", "HEAD:release-2", ":release-1")
    with pytest.raises(
        RevisionNotFoundError,
        match=r"'release-1' was deleted on the server; commit \w{10} of it was in force \(there are release-2\)",
    ):
        source.fetch()
    for reader in (source, edge(server, cache, "release-1")):
        last = reader.last_good()
        assert last is not None
        assert last.commit == kept
        assert last.read(["a.yaml"]) == {"a.yaml": b"a: 2\n"}


def test_an_empty_repository_is_reported_clearly(server: GitServer, cache: Path) -> None:
    with pytest.raises(RevisionNotFoundError, match=r"the repository is empty, or its default branch does not exist"):
        edge(server, cache).fetch()
    with pytest.raises(
        RevisionNotFoundError, match=r"no branch, tag or commit 'main' \(the repository has no branches\)"
    ):
        edge(server, cache, "main").fetch()


def test_a_folder_of_the_repository_can_be_the_root(work: Work, server: GitServer, cache: Path) -> None:
    work.commit({"edge/paris/a.yaml": "a: 1\n", "other.yaml": "o: 1\n"})
    snapshot = edge(server, cache, path="/edge/paris/").fetch()
    assert list(snapshot.files) == ["a.yaml"]
    assert snapshot.read(["a.yaml"]) == {"a.yaml": b"a: 1\n"}
    with pytest.raises(RevisionNotFoundError, match="has no folder 'edge/rome'"):
        edge(server, cache, path="edge/rome").fetch()


def test_links_and_submodules_are_ignored_with_a_warning(work: Work, server: GitServer, cache: Path) -> None:
    (work.path / "link.yaml").symlink_to("/etc/passwd")
    first = work.commit({"a.yaml": "a: 1\n"})
    work.git("update-index", "--add", "--cacheinfo", f"160000,{first},vendored")
    work.git("commit", "-q", "-m", "submodule")
    work.push()
    snapshot = edge(server, cache).fetch()
    assert list(snapshot.files) == ["a.yaml"]
    assert snapshot.warnings == (
        "link.yaml is a symbolic link and is ignored: put the file itself there",
        (
            "vendored is a submodule and is ignored: Magi reads one repository: copy the documents into it, "
            "or follow the other one by itself"
        ),
    )


def test_hidden_files_and_folders_are_skipped(work: Work, server: GitServer, cache: Path) -> None:
    work.commit({".gitlab-ci.yml": "x", ".github/w.yaml": "x", "a/.b/c.yaml": "x", "a/d.yaml": "x"})
    assert list(edge(server, cache).fetch().files) == ["a/d.yaml"]


def test_odd_file_names_are_shown_as_escapes_and_stay_readable(work: Work, server: GitServer, cache: Path) -> None:
    Path(os.fsdecode(os.fsencode(work.path) + b"/caf\xe9.yaml")).write_bytes(b"latin")
    work.commit({"new\nline.yaml": "newline", "caf\u00e9 au lait.yaml": "utf-8"})
    snapshot = edge(server, cache).fetch()
    assert snapshot.read(snapshot.files) == {
        "caf\\xe9.yaml": b"latin",
        "new\\x0aline.yaml": b"newline",
        "caf\u00e9 au lait.yaml": b"utf-8",
    }


def test_wrong_or_missing_credentials_are_reported_without_showing_them(work: Work, cache: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    with serve_repositories(work.bare.parent, "magi", TOKEN) as server:
        url = f"{server.url}/edge.git"
        for environ in ({}, {"MAGI_GIT_TOKEN": "wrong-" + TOKEN}):
            with pytest.raises(AuthenticationError) as caught:
                GitSource(url, cache_dir=cache, environ=environ).fetch()
            assert "MAGI_GIT_TOKEN" in caught.value.hint
            assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("way", ["token", "password", "file of a token", "file of URLs", "URL"])
def test_every_way_to_give_credentials_works(way: str, work: Work, cache: Path, tmp_path: Path) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"})
    file = tmp_path / "credentials"
    with serve_repositories(work.bare.parent, "magi", TOKEN) as server:
        url = f"{server.url}/edge.git"
        file.write_text(
            TOKEN if way == "file of a token" else f"https://x:y@other\n{url.replace('//', f'//magi:{TOKEN}@')}\n"
        )
        environ = {
            "token": {"MAGI_GIT_USERNAME": "magi", "MAGI_GIT_TOKEN": TOKEN},
            "password": {"MAGI_GIT_USERNAME": "magi", "MAGI_GIT_PASSWORD": TOKEN},
            "file of a token": {"MAGI_GIT_USERNAME": "magi", "MAGI_GIT_CREDENTIALS_FILE": str(file)},
            "file of URLs": {"MAGI_GIT_CREDENTIALS_FILE": str(file)},
            "URL": {},
        }[way]
        source = GitSource(
            url.replace("//", f"//magi:{TOKEN}@") if way == "URL" else url, cache_dir=cache, environ=environ
        )
        snapshot = source.fetch()
        assert snapshot.commit == commit
        assert snapshot.label == source.label == url


def test_credentials_reach_neither_arguments_nor_files_nor_messages(
    work: Work, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A git of the test on PATH writes down how it is called before it goes on."""
    work.commit({"a.yaml": "a: 1\n"})
    log, real = tmp_path / "arguments", shutil.which("git")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {log}\nexec {real} "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    with serve_repositories(work.bare.parent, "magi", TOKEN) as server:
        url = f"{server.url}/edge.git".replace("//", f"//magi:{TOKEN}@")
        source = GitSource(url, cache_dir=cache, environ={})
        source.fetch().read(["a.yaml"])
        with pytest.raises(RevisionNotFoundError) as caught:
            GitSource(url, "nothing", cache_dir=cache, environ={}).fetch()
    encoded = base64.b64encode(f"magi:{TOKEN}".encode())
    assert "fetch" in log.read_text()
    for secret in (TOKEN.encode(), encoded):
        assert secret not in log.read_bytes()
        assert not [file for file in cache.rglob("*") if file.is_file() and secret in file.read_bytes()]
        assert secret.decode() not in repr(source) + str(source.__dict__["label"]) + str(caught.value)


def test_a_hung_server_ends_in_a_timeout_and_leaves_no_process(work: Work, server: GitServer, cache: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    source = edge(server, cache, timeout=0.5)
    server.delay = 60
    with pytest.raises(SourceTimeoutError, match=r"no answer within 0.5 seconds"):
        source.fetch()
    assert processes_that_name(str(cache)) == processes_that_name(server.url) == []
    assert list(cache.glob(".*")) == []
    server.delay = 0
    assert edge(server, cache).fetch().files


def test_the_last_good_commit_outlives_an_unreachable_server(work: Work, cache: Path) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"})
    with serve_repositories(work.bare.parent) as server:
        source = edge(server, cache)
        source.fetch()
    with pytest.raises(UnreachableError, match="the server cannot be reached"):
        source.fetch()
    last = edge(server, cache).last_good()
    assert last is not None
    assert last.commit == commit
    assert last.read(["a.yaml"]) == {"a.yaml": b"a: 1\n"}


def test_without_any_fetch_there_is_no_last_good_commit(server: GitServer, cache: Path) -> None:
    assert edge(server, cache).last_good() is None


def test_a_url_without_a_repository_is_reported(server: GitServer, cache: Path) -> None:
    with pytest.raises(NotARepositoryError, match="there is no Git repository"):
        GitSource(f"{server.url}/nothing.git", cache_dir=cache, environ={}).fetch()


def test_a_missing_local_repository_is_reported(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError):
        GitSource(f"file://{tmp_path}/nothing.git", cache_dir=cache, environ={}).fetch()


def test_file_urls_work(work: Work, cache: Path) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"})
    assert GitSource(f"file://{work.bare}", cache_dir=cache, environ={}).fetch().commit == commit


@pytest.mark.parametrize("damage", ["empty", "objects gone", "lock left", "objects damaged"])
def test_a_broken_mirror_is_re_created_and_that_is_reported(
    damage: str, work: Work, server: GitServer, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    source = edge(server, cache)
    source.fetch()
    (mirror,) = cache.glob("*.git")
    match damage:
        case "empty":
            shutil.rmtree(mirror)
            mirror.mkdir()
        case "objects gone":
            shutil.rmtree(mirror / "objects")
            (mirror / "objects").mkdir()
        case "lock left":
            (mirror / "packed-refs.lock").touch()
            (mirror / "refs/heads/main.lock").touch()
        case "objects damaged":
            for file in (mirror / "objects").rglob("*"):
                if file.is_file():
                    file.chmod(0o600)
                    file.write_bytes(b"")
    commit = work.commit({"a.yaml": "a: 2\n"})
    snapshot = source.fetch()
    assert snapshot.commit == commit
    if damage != "objects gone":  # Git fixes that by itself
        assert snapshot.warnings == (f"the mirror in {cache} was broken, and was re-created",)
        assert "the mirror was broken, and was re-created" in caplog.messages
    assert snapshot.read(["a.yaml"]) == {"a.yaml": b"a: 2\n"}
    assert sorted(file.name for file in cache.iterdir()) == sorted([mirror.name, f"{mirror.stem}.lock"])


def test_contents_that_turn_out_unreadable_are_fetched_again(work: Work, server: GitServer, cache: Path) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    source = edge(server, cache)
    snapshot = source.fetch()
    (mirror,) = cache.glob("*.git")
    blob = snapshot.files["a.yaml"].blob
    for file in (mirror / "objects").rglob("*"):
        if file.is_file() and (file.name == blob[2:] or "pack" in file.parts):
            file.unlink()
    with pytest.raises(SourceError):
        snapshot.read(["a.yaml"])
    assert source.fetch().read(["a.yaml"]) == {"a.yaml": b"a: 1\n"}


def test_many_files_cost_few_git_processes(
    work: Work, server: GitServer, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.commit({f"d{i % 50}/f{i}.yaml": f"n: {i}\n" for i in range(5_000)})
    log, real = tmp_path / "calls", shutil.which("git")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho call >> {log}\nexec {real} "$@"\n')
    fake.chmod(0o755)
    source = edge(server, cache)
    source.fetch()
    work.commit({"d0/f0.yaml": "n: changed\n"})
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    snapshot = source.fetch()
    contents = snapshot.read(snapshot.files)
    assert len(contents) == 5_000
    assert contents["d0/f0.yaml"] == b"n: changed\n"
    managed = log.read_text().count("call") - len(server.requests)
    assert managed <= 8


def test_a_busy_mirror_ends_in_a_timeout(work: Work, server: GitServer, cache: Path) -> None:
    import fcntl  # noqa: PLC0415 - only this test plays the other process

    work.commit({"a.yaml": "a: 1\n"})
    edge(server, cache).fetch()
    (lock,) = cache.glob("*.lock")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SourceTimeoutError, match="another process keeps the mirror busy"):
            edge(server, cache, timeout=0.2).fetch()


def test_a_url_opens_as_a_mirror(work: Work, server: GitServer, cache: Path) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"})
    assert open_source(f"{server.url}/edge.git", cache_dir=cache, environ={}).fetch().commit == commit
    assert open_source(f"{server.url}/edge.git", commit[:10], cache_dir=cache, environ={}).fetch().commit == commit


def test_the_test_server_takes_pushes(work: Work, server: GitServer) -> None:
    work.write({"a.yaml": "a: 1\n"})
    work.git("add", "-A")
    work.git("commit", "-q", "-m", "pushed over http")
    work.git("push", "-q", f"{server.url}/edge.git", "HEAD:main")
    assert work.git("--git-dir", str(work.bare), "rev-parse", "main") == work.git("rev-parse", "HEAD")


@pytest.mark.parametrize("programs", [(), ("env",)], ids=["an empty PATH", "a PATH without git"])
def test_a_machine_without_git_is_reported(
    work: Work,
    server: GitServer,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    programs: tuple[str, ...],
) -> None:
    work.commit({"a.yaml": "a: 1\n"})
    only = tmp_path / "bin"
    only.mkdir()
    for program in programs:
        (only / program).symlink_to(shutil.which(program) or "")
    monkeypatch.setenv("PATH", str(only))
    with pytest.raises(SourceError, match="git is not installed") as reported:
        edge(server, cache).fetch()
    assert "install it" in reported.value.hint
