"""What is tried again, how long is waited before it, and what a user is reported where it can't be done."""

from pathlib import Path

import pytest

from reconciler.forges import (
    Forge,
    ForgeBusyError,
    ForgeError,
    ForgeRefusedError,
    Status,
    Verdict,
    open_forge,
    patiently,
    put_comment,
    put_status,
)
from tests.forges.fakes import FAKES, ForgeFake, GitHubFake, GitLabFake
from tests.forges.fakes.forge_http import Answer, serving
from tests.ports import free_port

SHA = "3f9c1d20b7a54e8896d0c5a1e2f4b6078d9a1c3e"
STATUS = Status(Verdict.SUCCESS, "magi", "nothing to do")


def bodies(fake: ForgeFake) -> list[str]:
    return [body for _, body in fake.comments(7)]


def test_an_error_after_the_comment_was_made_makes_no_second(fake: ForgeFake, forge: Forge, waits: list[float]) -> None:
    fake.fail_next(502, after_doing=True)

    put_comment(forge, 7, "magi", "hello", waits.append)

    assert bodies(fake) == ["<!-- magi -->\nhello"]
    assert waits == [1]


def test_an_error_before_the_comment_was_made_is_tried_again(fake: ForgeFake, forge: Forge, waits: list[float]) -> None:
    fake.fail_next(500)

    put_comment(forge, 7, "magi", "hello", waits.append)

    assert bodies(fake) == ["<!-- magi -->\nhello"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_forge_is_asked_again_after_as_long_as_it_says(
    fake: ForgeFake, forge: Forge, waits: list[float], status: int
) -> None:
    fake.fail_next(status, {"Retry-After": "7"})

    put_comment(forge, 7, "magi", "hello", waits.append)

    assert bodies(fake) == ["<!-- magi -->\nhello"]
    assert waits == [7]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_forge_is_not_asked_again_behind_our_back(
    fake: ForgeFake, forge: Forge, waits: list[float], status: int
) -> None:
    fake.fail_next(status, {"Retry-After": "7"}, method="GET")

    put_comment(forge, 7, "magi", "hello", waits.append)

    assert bodies(fake) == ["<!-- magi -->\nhello"]
    assert waits == [7]
    assert len(fake.requests) == 4


def test_a_forge_that_asks_for_half_a_minute_and_more_is_aborted_at_once(
    fake: ForgeFake, forge: Forge, waits: list[float]
) -> None:
    fake.fail_next(429, {"Retry-After": "31"})

    with pytest.raises(ForgeBusyError) as caught:
        put_comment(forge, 7, "magi", "hello", waits.append)

    assert caught.value.retry_after == 31
    assert (waits, bodies(fake)) == ([], [])


def test_four_failures_in_a_row_are_enough(fake: ForgeFake, forge: Forge, waits: list[float]) -> None:
    for _ in range(4):
        fake.fail_next(502)

    with pytest.raises(ForgeBusyError, match="502"):
        put_comment(forge, 7, "magi", "hello", waits.append)

    assert waits == [1, 2, 4]
    assert bodies(fake) == []


def test_a_status_is_tried_again_too(fake: ForgeFake, forge: Forge, waits: list[float]) -> None:
    fake.fail_next(503)

    put_status(forge, SHA, STATUS, waits.append)

    assert len(fake.statuses(SHA)) == 1


@pytest.mark.parametrize(("status", "hint"), [(401, "token"), (403, "right"), (404, "project")])
def test_a_refusal_is_final_and_comes_with_a_hint(
    fake: ForgeFake, forge: Forge, waits: list[float], status: int, hint: str
) -> None:
    fake.fail_next(status)

    with pytest.raises(ForgeRefusedError, match=str(status)) as caught:
        put_comment(forge, 7, "magi", "hello", waits.append)

    assert hint in caught.value.hint
    assert waits == []


def test_a_second_limit_of_github_and_others_by_403_is_no_refusal(
    fake: ForgeFake, forge: Forge, waits: list[float]
) -> None:
    fake.fail_next(403, {"Retry-After": "3"})

    put_comment(forge, 7, "magi", "hello", waits.append)

    assert waits == [3]


def test_a_body_that_the_forge_does_not_take_is_not_tried_again(
    fake: ForgeFake, forge: Forge, waits: list[float]
) -> None:
    fake.fail_next(422, content={"message": "body is too long"})

    with pytest.raises(ForgeError, match="422 body is too long") as caught:
        put_comment(forge, 7, "magi", "hello", waits.append)

    assert not isinstance(caught.value, ForgeBusyError | ForgeRefusedError)
    assert waits == []


def test_a_wrong_token_is_refused_and_not_reported(fake: ForgeFake) -> None:
    token = "wrong-secret-word"
    forge = open_forge(fake.kind, fake.url, fake.project, token)

    with pytest.raises(ForgeRefusedError, match="401") as caught:
        put_comment(forge, 7, "magi", "hello")

    assert token not in f"{caught.value!r} {caught.value.hint}"


@pytest.mark.parametrize("kind", FAKES)
def test_a_forge_that_is_down_is_busy(kind: str, waits: list[float]) -> None:
    forge = open_forge(kind, f"http://127.0.0.1:{free_port()}", "team/network", "secret-word")

    with pytest.raises(ForgeBusyError, match="does not answer") as caught:
        put_comment(forge, 7, "magi", "hello", waits.append)

    assert waits == [1, 2, 4]
    assert "secret-word" not in repr(caught.value)


@pytest.mark.parametrize("page", [b"<html>please log in</html>", b"[<html>", b"3", b"[3]", b"{}"])
def test_what_is_no_answer_of_a_forge_is_informed_so(
    fake: ForgeFake, forge: Forge, waits: list[float], page: bytes
) -> None:
    for _ in range(3):
        fake.fail_next(200, method="GET", content=page)

    with pytest.raises(ForgeError, match=r"is not the API") as caught:
        put_comment(forge, 7, "magi", "hello", waits.append)
    assert "URL" in caught.value.hint

    with pytest.raises(ForgeError, match=r"is not the API"):
        forge.requests_of(SHA)
    assert waits == []


def test_a_page_in_html_with_an_error_does_not_fill_the_screen(fake: ForgeFake, forge: Forge) -> None:
    fake.fail_next(500, content=b"<html>" + b"x\n" * 5000 + b"</html>")

    with pytest.raises(ForgeBusyError) as caught:
        forge.set_status(SHA, STATUS)

    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_no_success_and_the_token_is_not_sent_on(
    fake: ForgeFake, forge: Forge, waits: list[float], status: int, method: str
) -> None:
    heard: list[object] = []

    def elsewhere(*request: object) -> Answer:
        heard.append(request)
        return Answer(200, {"login": "magi-bot", "id": 1, "username": "magi-bot"})

    with serving(elsewhere) as url:
        other = url.replace("127.0.0.1", "localhost")
        fake.fail_next(status, {"Location": f"{other}/user"}, method=method)
        with pytest.raises(ForgeError):
            put_comment(forge, 7, "magi", "hello", waits.append)

    assert (heard, waits, bodies(fake)) == ([], [], [])


def test_a_netrc_file_of_the_account_does_not_take_the_place_of_the_token(
    fake: ForgeFake, forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    put_comment(forge, 7, "magi", "hello")

    assert len(bodies(fake)) == 1


@pytest.mark.parametrize("kind", FAKES)
def test_the_proxy_of_the_environment_is_used(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with FAKES[kind]() as fake:
        monkeypatch.setenv("http_proxy", fake.url)
        monkeypatch.delenv("no_proxy", raising=False)
        forge = open_forge(kind, "http://forge.invalid", fake.project, fake.token)

        put_status(forge, SHA, STATUS)

        assert len(fake.statuses(SHA)) == 1


def test_the_token_is_in_no_representation(fake: ForgeFake, forge: Forge) -> None:
    assert fake.token not in f"{forge!r} {forge}"


def test_patience_ends_with_what_the_last_try_said(waits: list[float]) -> None:
    tries: list[int] = []

    def busy() -> None:
        tries.append(len(tries))
        raise ForgeBusyError(f"try {len(tries)}", retry_after=30)

    with pytest.raises(ForgeBusyError, match="try 4"):
        patiently(busy, waits.append)

    assert waits == [30, 30, 30]


def test_other_errors_need_no_patience(waits: list[float]) -> None:
    def wrong() -> None:
        raise ForgeError("no")

    with pytest.raises(ForgeError):
        patiently(wrong, waits.append)

    assert waits == []


def test_links_of_gitlab_to_another_name_of_it_do_not_take_the_token_there(lab: GitLabFake) -> None:
    lab.link_url = "http://gitlab.invalid"
    for number in range(150):
        lab.write_comment(7, "alice", f"remark {number}")
    lab.write_comment(7, lab.user, "<!-- magi -->\nold")

    put_comment(open_forge("gitlab", lab.url, lab.project, lab.token), 7, "magi", "new")

    assert bodies(lab)[150:] == ["<!-- magi -->\nnew"]


def test_a_limit_of_github_that_ends_in_an_hour_is_not_waited_for(hub: GitHubFake, waits: list[float]) -> None:
    limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}
    hub.fail_next(403, limit, content={"message": "API rate limit exceeded for installation ID 1."})

    with pytest.raises(ForgeBusyError, match="too many requests") as caught:
        put_comment(open_forge("github", hub.url, hub.project, hub.token), 7, "magi", "new", waits.append)

    assert waits == []
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 3600
