"""Marks on lines of a pull request: they say what is wrong now, once."""

import re

from reconciler.forges import Annotation, Forge, open_forge
from reconciler.text.markdown import code
from tests.forges.fakes import ForgeFake, GiteaFake, GitHubFake, GitLabFake

SHA = "3f9c1d20b7a54e8896d0c5a1e2f4b6078d9a1c3e"
NEXT = "b1946ac92492d2347c6235b4d2611184ee4d5a10"
WRONG = Annotation("services/video.yaml", 12, 5, "unknown flavor m1.hugo")
OTHER = Annotation("services/voice.yaml", 3, 1, "unknown image debian")


def opened(fake: ForgeFake) -> Forge:
    return open_forge(fake.kind, fake.url, fake.project, fake.token)


def many(count: int) -> list[Annotation]:
    return [Annotation("services/video.yaml", line, 1, "wrong") for line in range(1, count + 1)]


def test_github_shows_problems_at_their_lines(hub: GitHubFake) -> None:
    assert opened(hub).annotate(7, SHA, "magi", [WRONG, OTHER])

    assert hub.annotations(SHA) == [
        ("services/video.yaml", 12, "unknown flavor m1.hugo"),
        ("services/voice.yaml", 3, "unknown image debian"),
    ]
    (run,) = hub.check_runs
    assert (run["name"], run["status"], run["conclusion"]) == ("magi lines", "completed", "failure")


def test_github_shows_fifty_and_reports_how_many_there_are(hub: GitHubFake) -> None:
    opened(hub).annotate(7, SHA, "magi", many(51))

    (run,) = hub.check_runs
    assert len(run["output"]["annotations"]) == 50
    assert "51" in run["output"]["title"]
    assert run["output"]["summary"] == "51 problems; the first 50 are shown"


def test_github_hears_that_nothing_is_wrong_any_more(hub: GitHubFake) -> None:
    forge = opened(hub)
    forge.annotate(7, SHA, "magi", [WRONG])

    assert forge.annotate(7, SHA, "magi", [])

    assert hub.annotations(SHA) == []
    assert [run["conclusion"] for run in hub.check_runs] == ["failure", "success"]


def test_github_gets_no_check_run_where_nothing_was_ever_wrong(hub: GitHubFake) -> None:
    forge = opened(hub)
    forge.annotate(7, SHA, "magi", [WRONG])
    forge.annotate(7, NEXT, "magi/west", [WRONG])

    assert forge.annotate(7, NEXT, "magi", [])

    assert len(hub.check_runs) == 2


def test_github_takes_check_runs_from_apps_alone(hub: GitHubFake) -> None:
    hub.takes_check_runs = False

    assert not opened(hub).annotate(7, SHA, "magi", [WRONG])


def test_gitea_gets_one_review_with_all_problems(tea: GiteaFake) -> None:
    assert opened(tea).annotate(7, SHA, "magi", [WRONG, OTHER])

    assert len(tea.reviews) == 1
    assert tea.annotations(SHA) == [
        ("services/video.yaml", 12, "<code>unknown flavor m1&#46;hugo</code>"),
        ("services/voice.yaml", 3, "<code>unknown image debian</code>"),
    ]
    assert tea.reviews[0].body["event"] == "COMMENT"


def test_a_mark_on_gitea_makes_no_markup_no_link_and_calls_no_one(tea: GiteaFake) -> None:
    hostile = "unknown image @octocat ![x](https://evil.example/x.png) <img src=x>\n\n# `title` \u202e #1"

    assert opened(tea).annotate(7, SHA, "magi", [Annotation("a.yaml", 1, 1, hostile)])

    ((_, _, shown),) = tea.annotations(SHA)
    assert shown == code(hostile)
    inside = shown.removeprefix("<code>").removesuffix("</code>")
    assert not set(inside) & set("@![]()<>`\n\u202e*_:.")
    assert re.sub(r"&#\d+;", "", inside).count("#") == 0


def test_gitea_shows_fifty_and_reports_how_many_there_are(tea: GiteaFake) -> None:
    opened(tea).annotate(7, SHA, "magi", many(51))

    assert len(tea.annotations(SHA)) == 50
    assert "51 problems; the first 50 are shown" in tea.reviews[0].body["body"]


def test_a_review_on_gitea_takes_the_place_of_the_one_before(tea: GiteaFake) -> None:
    forge = opened(tea)
    forge.annotate(7, SHA, "magi", [WRONG])
    forge.annotate(7, SHA, "magi/west", [WRONG])

    forge.annotate(7, NEXT, "magi", [OTHER])

    assert len(tea.reviews) == 2
    assert tea.annotations(SHA) == [
        ("services/video.yaml", 12, "<code>unknown flavor m1&#46;hugo</code>")
    ]  # that of magi/west
    assert tea.annotations(NEXT) == [("services/voice.yaml", 3, "<code>unknown image debian</code>")]


def test_a_review_on_gitea_goes_when_nothing_is_wrong_any_more(tea: GiteaFake) -> None:
    forge = opened(tea)
    forge.annotate(7, SHA, "magi", [WRONG])

    assert forge.annotate(7, SHA, "magi", [])

    assert tea.reviews == []


def test_gitea_hears_nothing_where_nothing_was_ever_wrong(tea: GiteaFake) -> None:
    assert opened(tea).annotate(7, SHA, "magi", [])

    assert tea.reviews == []


def test_reviews_of_others_on_gitea_stay(tea: GiteaFake) -> None:
    for _ in range(60):
        tea.write_review(7, "alice", "a remark")
    tea.write_review(7, "mallory", "<!-- magi lines -->\nall is well")
    forge = opened(tea)

    assert forge.annotate(7, SHA, "magi", [WRONG])
    assert forge.annotate(7, SHA, "magi", [WRONG])

    assert len(tea.reviews) == 62


def test_all_old_reviews_on_gitea_go_though_pages_move_meanwhile(tea: GiteaFake) -> None:
    for _ in range(120):
        tea.write_review(7, tea.user, "<!-- magi lines -->\n1 problems")

    assert opened(tea).annotate(7, SHA, "magi", [WRONG])

    assert len(tea.reviews) == 1


def test_the_token_of_a_job_on_gitea_finds_its_review(tea: GiteaFake) -> None:
    tea.job_token = True
    forge = opened(tea)

    forge.annotate(7, SHA, "magi", [WRONG])
    forge.annotate(7, SHA, "magi", [WRONG])

    assert len(tea.reviews) == 1


def test_gitea_may_refuse_reviews(tea: GiteaFake) -> None:
    tea.fail_next(403)

    assert not opened(tea).annotate(7, SHA, "magi", [WRONG])


def test_gitlab_takes_a_report_of_the_job_instead(lab: GitLabFake) -> None:
    assert not opened(lab).annotate(7, SHA, "magi", [WRONG])

    assert lab.requests == []
