"""Which URLs and revisions are taken, and that no credentials are shown."""

from pathlib import Path

import pytest

from reconciler.model import ConfigError
from reconciler.source import ForbiddenUrlError, GitSource, redact
from reconciler.source.commits import check_revision, folder_path
from reconciler.source.credentials import Credentials, find_credentials, git_environment
from reconciler.source.errors import (
    AuthenticationError,
    NotARepositoryError,
    SourceError,
    SourceTimeoutError,
    UnreachableError,
    error_from_git,
)
from reconciler.source.urls import looks_like_url, parse_url


@pytest.mark.parametrize(
    ("text", "url", "protocol"),
    [
        ("https://git.example/team/edge.git", "https://git.example/team/edge.git", "https"),
        ("https://git.example:8443/edge/", "https://git.example:8443/edge", "https"),
        ("https://user:pass@git.example/edge.git", "https://git.example/edge.git", "https"),
        ("http://127.0.0.1:8080/edge.git", "http://127.0.0.1:8080/edge.git", "http"),
        ("http://[::1]:8080/edge.git", "http://[::1]:8080/edge.git", "http"),
        ("http://localhost/edge.git", "http://localhost/edge.git", "http"),
        ("ssh://git@git.example:2222/edge.git", "ssh://git@git.example:2222/edge.git", "ssh"),
        ("git@git.example:team/edge.git", "git@git.example:team/edge.git", "ssh"),
        ("git.example:edge.git", "git.example:edge.git", "ssh"),
        ("file:///srv/git/edge.git", "file:///srv/git/edge.git", "file"),
        ("/srv/git/edge.git", "/srv/git/edge.git", "file"),
    ],
)
def test_allowed_urls_are_taken_without_their_credentials(text: str, url: str, protocol: str) -> None:
    parsed = parse_url(text)
    assert (parsed.url, parsed.protocol) == (url, protocol)
    assert "pass" not in repr(parsed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ext::sh -c id",
        "ext::sh",
        "fd::17/foo",
        "git://git.example/edge.git",
        "ftp://git.example/edge.git",
        "http://git.example/edge.git",
        "https://",
        "https://git.example",
        "https:///edge.git",
        "https://git.example:port/edge.git",
        "https://git.example/a b.git",
        "https://git.example/a\nb.git",
        "file://host/share",
        "ssh://-oProxyCommand=x/edge.git",
        "ssh://-oProxyCommand=x@git.example/edge.git",
        "-oProxyCommand=x:edge.git",
        "--upload-pack=x",
        "git@git.example:-x",
        "relative/path",
    ],
)
def test_other_urls_are_refused(text: str) -> None:
    with pytest.raises(ForbiddenUrlError):
        parse_url(text)


def test_http_to_other_machines_needs_to_be_allowed() -> None:
    with pytest.raises(ForbiddenUrlError, match=r"unencrypted http \(use https\)"):
        parse_url("http://git.example/edge.git")
    assert parse_url("http://git.example/edge.git", allow_http=True).protocol == "http"


def test_a_refused_url_is_shown_without_its_credentials() -> None:
    with pytest.raises(ForbiddenUrlError) as caught:
        parse_url("ftp://user:s3cret@git.example/edge.git")
    assert "s3cret" not in str(caught.value)
    assert "***@git.example" in str(caught.value)


@pytest.mark.parametrize("text", ["https://x/y", "git@host:path", "ext::sh", "ssh://x/y"])
def test_urls_are_distinguished_from_paths(text: str) -> None:
    assert looks_like_url(text)
    assert not looks_like_url("documents/edge")


@pytest.mark.parametrize(
    "revision",
    ["main", "v1.0", "team/next", "a" * 40, "abc1234", "HEAD", "HEAD~1", "v1^", "x_y+z@1", "größe", "日本/次"],
)
def test_revisions_are_taken(revision: str) -> None:
    assert check_revision(revision) == revision


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "-x",
        "--upload-pack=x",
        "a..b",
        "a b",
        "a\n",
        "a:b",
        "@{u}",
        "a@{1}",
        "x.lock",
        "a//b",
        "a/",
        "/a",
        ".a",
        "a\0",
        "a?",
        "a" * 300,
        "a\u202eb",
        "a[b",
    ],
)
def test_other_revisions_are_refused(revision: str, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenUrlError):
        check_revision(revision)
    with pytest.raises(ForbiddenUrlError):
        GitSource("https://git.example/edge.git", revision, cache_dir=tmp_path, environ={})


def test_folders_stay_inside_the_repository() -> None:
    assert folder_path("/a//b/./c/") == "a/b/c"
    assert folder_path("") == folder_path("/") == ""
    with pytest.raises(ForbiddenUrlError):
        folder_path("a/../../b")


def test_credentials_in_urls_are_redacted() -> None:
    text = "fatal: https://user:pa%40ss@git.example/x and ssh://git@host/y with abc123"
    assert redact(text, "abc123", "") == "fatal: https://***@git.example/x and ssh://***@host/y with ***"


def test_credentials_are_for_http_alone() -> None:
    environ = {"MAGI_GIT_TOKEN": "t"}
    assert find_credentials(parse_url("git@git.example:edge.git"), environ) is None
    assert find_credentials(parse_url("https://git.example/edge.git"), environ) == Credentials("oauth2", "t")
    assert find_credentials(parse_url("https://git.example/edge.git"), {}) is None


def test_the_url_goes_before_the_environment_and_the_environment_before_the_file(tmp_path: Path) -> None:
    environ = {"MAGI_GIT_TOKEN": "t", "MAGI_GIT_USERNAME": "u", "MAGI_GIT_CREDENTIALS_FILE": str(tmp_path / "none")}
    assert find_credentials(parse_url("https://a:b%40c@git.example/e"), environ) == Credentials("a", "b@c")
    assert find_credentials(parse_url("https://git.example/e"), environ) == Credentials("u", "t")


def test_a_line_of_the_credentials_file_is_taken_only_for_its_server_and_path(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("# own\nhttps://a:1@git.example/team\nhttps://b:2@git.example\nhttps://c:3@git.example:8443\n")
    environ = {"MAGI_GIT_CREDENTIALS_FILE": str(file)}
    for url, expected in (
        ("https://git.example/team/edge.git", Credentials("a", "1")),
        ("https://git.example/teams/edge.git", Credentials("b", "2")),
        ("https://git.example:8443/edge.git", Credentials("c", "3")),
        ("https://git.example.evil/edge.git", None),
    ):
        assert find_credentials(parse_url(url), environ) == expected


def test_a_missing_credentials_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        find_credentials(parse_url("https://git.example/e"), {"MAGI_GIT_CREDENTIALS_FILE": str(tmp_path / "none")})


def test_the_header_is_bound_to_the_url_and_does_not_follow_redirects() -> None:
    url = parse_url("https://u:p@git.example/edge.git")
    environment = git_environment(url, find_credentials(url, {}))
    assert environment["GIT_CONFIG_KEY_0"] == "http.https://git.example/edge.git.extraHeader"
    assert environment["GIT_CONFIG_VALUE_0"] == "Authorization: Basic dTpw"
    assert environment["GIT_CONFIG_VALUE_1"] == "false"
    assert git_environment(url, None) == {}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("fatal: Authentication failed for 'https://git.example/x/'", AuthenticationError),
        ("error: 403 while accessing", AuthenticationError),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", AuthenticationError),
        ("git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.", AuthenticationError),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", AuthenticationError),
        ("remote: Repository not found.\nfatal: repository 'https://x/' not found", NotARepositoryError),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", UnreachableError),
        ("fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", UnreachableError),
        ("fatal: unable to access 'https://x/': Failed to connect to x port 443", UnreachableError),
        ("error: RPC failed; curl 28 Operation too slow.", SourceTimeoutError),
        ("fatal: unable to access 'https://x/y/': The requested URL returned error: 301", NotARepositoryError),
        ("ssh: connect to host x port 22: Connection refused\nfatal: Could not read", UnreachableError),
        ("fatal: detected dubious ownership in repository at '/x'\nfatal: Could not read", ForbiddenUrlError),
        ("fatal: transport 'ext' not allowed", ForbiddenUrlError),
        ("fatal: something new", SourceError),
        ("", SourceError),
    ],
)
def test_what_git_says_becomes_one_sentence_of_the_right_kind(said: str, kind: type[SourceError]) -> None:
    error = error_from_git("edge", said)
    assert type(error) is kind
    assert error.message.startswith("edge: ")
    assert error.hint
    assert "\n" not in str(error)
