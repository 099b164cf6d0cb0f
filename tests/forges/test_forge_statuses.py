"""The status of a commit and the pull requests that brought it, in each forge's own words."""

import pytest

from reconciler.forges import Forge, Status, Verdict, open_forge, put_status
from tests.forges.fakes import FAKES, ForgeFake, GiteaFake, GitLabFake

SHA = "3f9c1d20b7a54e8896d0c5a1e2f4b6078d9a1c3e"
WORDS: dict[str, dict[str, str]] = {
    "github": {one.value: one.value for one in Verdict},
    "gitea": {one.value: one.value for one in Verdict},
    "gitlab": {"pending": "pending", "success": "success", "failure": "failed", "error": "failed"},
}


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_the_word_of_the_forge(fake: ForgeFake, forge: Forge, verdict: Verdict) -> None:
    put_status(forge, SHA, Status(verdict, "magi/west", "2 to add", "https://magi.example/west"))

    (reported,) = fake.statuses(SHA)
    assert reported == {
        "state": WORDS[fake.kind][verdict],
        "name" if fake.kind == "gitlab" else "context": "magi/west",
        "description": "2 to add",
        "target_url": "https://magi.example/west",
    }


def test_a_status_without_a_page_has_no_empty_link(fake: ForgeFake, forge: Forge) -> None:
    put_status(forge, SHA, Status(Verdict.PENDING, "magi", "is applied"))

    (reported,) = fake.statuses(SHA)
    assert "target_url" not in reported


def test_a_description_is_cut_to_what_all_forges_take(fake: ForgeFake, forge: Forge) -> None:
    for length in (140, 141):
        put_status(forge, SHA, Status(Verdict.ERROR, "magi", "ü" * length))

    exact, longer = (reported["description"] for reported in fake.statuses(SHA))
    assert exact == "ü" * 140
    assert longer == "ü" * 139 + "…"


def test_a_status_is_one_request(fake: ForgeFake, forge: Forge) -> None:
    put_status(forge, SHA, Status(Verdict.SUCCESS, "magi", "done"))

    assert len(fake.requests) == 1
    assert SHA in fake.requests[0]


@pytest.mark.parametrize("kind", ["github", "gitea"])
def test_the_token_of_a_job_may_write_statuses(kind: str) -> None:
    with FAKES[kind]() as fake:
        fake.job_token = True

        put_status(open_forge(kind, fake.url, fake.project, fake.token), SHA, Status(Verdict.SUCCESS, "magi", "done"))

        assert len(fake.statuses(SHA)) == 1


@pytest.mark.parametrize("pipeline", [81, None])
def test_a_status_on_gitlab_belongs_to_the_pipeline_of_the_job(lab: GitLabFake, pipeline: int | None) -> None:
    forge = open_forge("gitlab", lab.url, lab.project, lab.token, pipeline)

    put_status(forge, SHA, Status(Verdict.SUCCESS, "magi", "done"))

    (reported,) = lab.statuses(SHA)
    assert reported.get("pipeline_id") == pipeline


@pytest.mark.parametrize("first", Verdict)
@pytest.mark.parametrize("second", Verdict)
def test_whatever_was_said_before_the_last_words_arrive(
    fake: ForgeFake, forge: Forge, first: Verdict, second: Verdict
) -> None:
    """GitLab goes through states, and takes no word that leads from one to itself."""
    for words in ("one", "two"):
        put_status(forge, SHA, Status(first, "magi", words))
    put_status(forge, SHA, Status(second, "magi", "three"))
    reported = fake.statuses(SHA)[-1]
    assert (reported["state"], reported["description"]) == (WORDS[fake.kind][second], "three")


def test_requests_of_are_those_that_brought_a_commit(fake: ForgeFake, forge: Forge) -> None:
    fake.brings(SHA, 7)

    assert forge.requests_of(SHA) == [7]


def test_a_commit_that_was_pushed_has_no_requests(forge: Forge) -> None:
    assert forge.requests_of(SHA) == []


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_commit_may_have_more_requests_than_a_page_holds(kind: str) -> None:
    with FAKES[kind]() as fake:
        fake.brings(SHA, *range(1, 131))

        assert open_forge(kind, fake.url, fake.project, fake.token).requests_of(SHA) == list(range(1, 131))


@pytest.mark.parametrize("url", ["{}/", "{}/api/v1", "{}/api/v1/"])
def test_gitea_may_be_given_by_its_page_or_by_its_api(tea: GiteaFake, url: str) -> None:
    tea.brings(SHA, 7)

    assert open_forge("gitea", url.format(tea.url), tea.project, tea.token).requests_of(SHA) == [7]
