"""GitHub: comments, commit statuses, check runs with annotations, and the pull requests of a commit."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.forges.fakes.forge_fake import WHEN, Asked, Entry, ForgeFake, page_of
from tests.forges.fakes.forge_http import Answer

_REPOSITORY = "/repos/{owner}/{repo}"


class GitHubFake(ForgeFake):
    kind = "github"
    job_user = "github-actions[bot]"

    def __init__(self) -> None:
        super().__init__()
        self.check_runs: list[dict[str, Any]] = []
        """Bodies of the check runs that were made, the oldest first."""
        self.takes_check_runs = True
        """False: the token is that of a person, who may make none."""

    def annotations(self, commit: str) -> list[tuple[str, int, str]]:
        newest = {run["name"]: run for run in self.check_runs if run["head_sha"] == commit}
        marks = [mark for run in newest.values() for mark in run["output"]["annotations"]]
        return [(mark["path"], mark["start_line"], mark["message"]) for mark in marks]

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") in {f"token {self.token}", f"Bearer {self.token}"}

    def is_project(self, names: Mapping[str, str]) -> bool:
        return f"{names['owner']}/{names['repo']}" == self.project

    @property
    def routes(self) -> Mapping[str, Callable[[Asked], Answer]]:
        return {
            "GET /user": self._who,
            "POST /graphql": self._view,
            f"GET {_REPOSITORY}/issues/{{issue_number}}/comments": self._list_comments,
            f"POST {_REPOSITORY}/issues/{{issue_number}}/comments": self._create_comment,
            f"GET {_REPOSITORY}/issues/comments/{{comment_id}}": self._get_comment,
            f"PATCH {_REPOSITORY}/issues/comments/{{comment_id}}": self._update_comment,
            f"POST {_REPOSITORY}/statuses/{{sha}}": self._create_status,
            f"GET {_REPOSITORY}/commits/{{ref}}": self._get_commit,
            f"GET {_REPOSITORY}/commits/{{ref}}/check-runs": self._list_runs,
            f"POST {_REPOSITORY}/check-runs": self._create_run,
            f"GET {_REPOSITORY}/commits/{{commit_sha}}/pulls": self._list_pulls,
        }

    def _who(self, asked: Asked) -> Answer:
        if self.job_token:
            return Answer(403, {"message": "Resource not accessible by integration"})
        return Answer(200, _user(self.user))

    def _view(self, asked: Asked) -> Answer:
        return Answer(200, {"data": {"viewer": {"login": self.author}}})

    def _list_comments(self, asked: Asked) -> Answer:
        entries = [entry for entry in self.entries if entry.number == asked.number("issue_number")]
        return self._page(asked, [self._comment(entry) for entry in entries])

    def _create_comment(self, asked: Asked) -> Answer:
        entry = self.write_comment(asked.number("issue_number"), self.author, asked.body["body"])
        return Answer(201, self._comment(entry))

    def _get_comment(self, asked: Asked) -> Answer:
        found = [self._comment(entry) for entry in self.entries if entry.id == asked.number("comment_id")]
        return Answer(200, found[0]) if found else Answer(404, {"message": "Not Found"})

    def _update_comment(self, asked: Asked) -> Answer:
        entry = self.edit(asked.number("comment_id"), asked.body["body"])
        return Answer(200, self._comment(entry)) if entry else Answer(403, {"message": "Forbidden"})

    def _create_status(self, asked: Asked) -> Answer:
        self.statuses(asked.names["sha"]).append(asked.body)
        optional = {"target_url": None, "description": None, "context": "default"}
        return Answer(201, {"id": self.new_id(), "url": f"{self.url}{asked.path}", **optional, **asked.body})

    def _get_commit(self, asked: Asked) -> Answer:
        return Answer(200, {"sha": asked.names["ref"], "url": f"{self.url}{asked.path}"})

    def _list_runs(self, asked: Asked) -> Answer:
        named = asked.query.get("check_name")
        found = [
            run
            for run in self.check_runs
            if run["head_sha"] == asked.names["ref"] and (not named or run["name"] == named)
        ]
        newest = list({run["name"]: _run(run) for run in found}.values())
        page = page_of(newest, asked, "per_page", 30, 100)
        content = {"total_count": page.total, "check_runs": page.items}
        return Answer(200, content, page.links(asked, self.url))

    def _create_run(self, asked: Asked) -> Answer:
        if not self.takes_check_runs:
            return Answer(403, {"message": "You must authenticate via a GitHub App."})
        self.check_runs.append({"id": self.new_id(), **asked.body})
        return Answer(201, _run(self.check_runs[-1]))

    def _list_pulls(self, asked: Asked) -> Answer:
        brought = self._brought[asked.names["commit_sha"]]
        pulls = [{"id": 1000 + number, "number": number, "state": "closed", "title": "A change"} for number in brought]
        return self._page(asked, pulls)

    def _page(self, asked: Asked, items: list[Any]) -> Answer:
        page = page_of(items, asked, "per_page", 30, 100)
        return Answer(200, page.items, page.links(asked, self.url))

    def _comment(self, entry: Entry) -> dict[str, Any]:
        repository = f"{self.url}/repos/{self.project}"
        return {
            "id": entry.id,
            "node_id": f"IC_{entry.id}",
            "url": f"{repository}/issues/comments/{entry.id}",
            "html_url": f"https://github.example/{self.project}/pull/{entry.number}#issuecomment-{entry.id}",
            "issue_url": f"{repository}/issues/{entry.number}",
            "user": _user(entry.author) if entry.author else None,
            "body": entry.body,
            "created_at": WHEN,
            "updated_at": WHEN,
        }


def _user(login: str) -> dict[str, Any]:
    return {"login": login, "id": sum(login.encode()), "type": "Bot" if login.endswith("[bot]") else "User"}


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    output = run["output"]
    reported = {"title": output["title"], "summary": output["summary"], "annotations_count": len(output["annotations"])}
    return {**{name: run[name] for name in ("id", "name", "head_sha", "status", "conclusion")}, "output": reported}
