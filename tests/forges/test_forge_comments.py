"""One comment per context on a pull request, whatever forge it is on."""

import pytest

from reconciler.forges import Forge, ForgeRefusedError, open_forge, put_comment
from tests.forges.fakes import FAKES, ForgeFake, GiteaFake, GitHubFake, GitLabFake

MARKED = "<!-- magi -->\n"


def writes(fake: ForgeFake) -> list[str]:
    reads = ("GET ", "POST /graphql")
    return [request.split()[0] for request in fake.requests if not request.startswith(reads)]


def test_a_comment_is_made_once_and_then_edited_in_place(fake: ForgeFake, forge: Forge) -> None:
    put_comment(forge, 7, "magi", "1 to add")
    put_comment(forge, 7, "magi", "2 to add")

    assert fake.comments(7) == [(fake.user, f"{MARKED}2 to add")]
    assert len(writes(fake)) == 2


def test_an_unchanged_comment_is_not_written_again(fake: ForgeFake, forge: Forge) -> None:
    put_comment(forge, 7, "magi", "1 to add\n")
    put_comment(forge, 7, "magi", "1 to add")

    assert writes(fake) == ["POST"]


def test_a_body_survives_as_it_is(fake: ForgeFake, forge: Forge) -> None:
    body = '| a | ü – 漢 |\n|---|---|\n<details>`x` & "y" % \\ </details>'

    put_comment(forge, 7, "magi", body)

    assert fake.comments(7) == [(fake.user, MARKED + body)]


def test_two_contexts_have_two_comments(fake: ForgeFake, forge: Forge) -> None:
    for body in ("first", "second"):
        put_comment(forge, 7, "magi", body)
        put_comment(forge, 7, "magi/west", body)

    assert [body for _, body in fake.comments(7)] == [f"{MARKED}second", "<!-- magi/west -->\nsecond"]


def test_pull_requests_have_comments_of_their_own(fake: ForgeFake, forge: Forge) -> None:
    put_comment(forge, 7, "magi", "seven")
    put_comment(forge, 8, "magi", "eight")

    assert (fake.comments(7), fake.comments(8)) == ([(fake.user, f"{MARKED}seven")], [(fake.user, f"{MARKED}eight")])


def test_a_comment_of_another_actor_with_our_marker_is_left_alone(fake: ForgeFake, forge: Forge) -> None:
    fake.write_comment(7, "mallory", f"{MARKED}all is well")

    put_comment(forge, 7, "magi", "2 problems")

    assert fake.comments(7) == [("mallory", f"{MARKED}all is well"), (fake.user, f"{MARKED}2 problems")]
    assert writes(fake) == ["POST"]


def test_our_comment_without_the_marker_is_left_alone(fake: ForgeFake, forge: Forge) -> None:
    fake.write_comment(7, fake.user, f"as I wrote: {MARKED}")

    put_comment(forge, 7, "magi", "2 problems")

    assert len(fake.comments(7)) == 2


@pytest.mark.parametrize("kind", ["github", "gitea"])
def test_the_token_of_a_job_finds_its_comment_though_it_may_not_ask_who_it_is(kind: str) -> None:
    with FAKES[kind]() as fake:
        fake.job_token = True
        fake.write_comment(7, "mallory", f"{MARKED}all is well")
        forge = open_forge(kind, fake.url, fake.project, fake.token)

        put_comment(forge, 7, "magi", "first")
        put_comment(forge, 7, "magi", "second")

        assert fake.comments(7) == [("mallory", f"{MARKED}all is well"), (fake.job_user, f"{MARKED}second")]
        assert writes(fake) == ["POST", "PATCH" if kind != "gitlab" else "PUT"]
        assert fake.violations == []


def test_a_comment_of_another_bot_with_our_marker_is_left_alone(hub: GitHubFake) -> None:
    hub.job_token = True
    hub.write_comment(7, "other-app[bot]", f"{MARKED}all is well")

    put_comment(open_forge("github", hub.url, hub.project, hub.token), 7, "magi", "2 problems")

    assert hub.comments(7) == [("other-app[bot]", f"{MARKED}all is well"), (hub.job_user, f"{MARKED}2 problems")]


def test_a_person_with_the_name_of_the_account_of_jobs_elsewhere_is_left_alone(tea: GiteaFake) -> None:
    tea.job_token = True
    tea.write_comment(7, "forgejo-actions", f"{MARKED}all is well")

    put_comment(open_forge("gitea", tea.url, tea.project, tea.token), 7, "magi", "2 problems")

    assert tea.comments(7)[1:] == [(tea.job_user, f"{MARKED}2 problems")]


def test_a_comment_beyond_the_first_pages_is_found(fake: ForgeFake, forge: Forge) -> None:
    for number in range(230):
        fake.write_comment(7, "alice", f"remark {number}")
    fake.write_comment(7, fake.user, f"{MARKED}old")
    fake.write_comment(7, "alice", "the last remark")

    put_comment(forge, 7, "magi", "new")

    assert len(fake.comments(7)) == 232
    assert fake.comments(7)[230] == (fake.user, f"{MARKED}new")


def test_a_comment_of_a_deleted_account_is_passed_over(hub: GitHubFake) -> None:
    hub.write_comment(7, "", f"{MARKED}by a ghost")

    put_comment(open_forge("github", hub.url, hub.project, hub.token), 7, "magi", "new")

    assert hub.comments(7)[1:] == [(hub.user, f"{MARKED}new")]


def test_what_gitlab_notes_itself_is_no_comment_of_magi(lab: GitLabFake) -> None:
    lab.write_comment(7, lab.user, f"{MARKED}changed the title", system=True)

    put_comment(open_forge("gitlab", lab.url, lab.project, lab.token), 7, "magi", "new")

    assert lab.comments(7)[1:] == [(lab.user, f"{MARKED}new")]


def test_a_project_may_be_given_by_its_number_on_gitlab(lab: GitLabFake) -> None:
    put_comment(open_forge("gitlab", lab.url, str(lab.project_id), lab.token), 7, "magi", "hello")

    assert len(lab.comments(7)) == 1


def test_a_wrong_project_is_refused_with_a_hint(fake: ForgeFake) -> None:
    forge = open_forge(fake.kind, fake.url, "team/other", fake.token)

    with pytest.raises(ForgeRefusedError) as caught:
        put_comment(forge, 7, "magi", "hello")

    assert "404" in str(caught.value)
    assert "project" in caught.value.hint


def test_a_comment_takes_few_requests(fake: ForgeFake, forge: Forge) -> None:
    put_comment(forge, 7, "magi", "first")
    assert len(fake.requests) == 3  # who are we, what is there, and the comment
    fake.requests.clear()

    put_comment(forge, 7, "magi", "second")

    assert len(fake.requests) == 3
