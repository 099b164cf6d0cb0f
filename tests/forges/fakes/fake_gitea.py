"""Gitea and Forgejo: comments, commit statuses, reviews with comments on lines, and the pull request of a commit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.forges.fakes.forge_fake import WHEN, Asked, Entry, ForgeFake, page_of
from tests.forges.fakes.forge_http import Answer

_REPOSITORY = "/repos/{owner}/{repo}"


@dataclass
class Review:
    id: int
    number: int
    author: str
    body: Mapping[str, Any]


class GiteaFake(ForgeFake):
    kind = "gitea"
    job_user = "gitea-actions"

    def __init__(self) -> None:
        super().__init__()
        self.reviews: list[Review] = []

    def annotations(self, commit: str) -> list[tuple[str, int, str]]:
        bodies = [one.body for one in self.reviews if one.body.get("commit_id") == commit]
        marks = [mark for body in bodies for mark in body.get("comments", ())]
        return [(mark["path"], mark["new_position"], mark["body"]) for mark in marks]

    def write_review(self, number: int, author: str, body: str) -> Review:
        """A review that another actor made."""
        review = Review(self.new_id(), number, author, {"body": body})
        self.reviews.append(review)
        return review

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"token {self.token}"

    def is_project(self, names: Mapping[str, str]) -> bool:
        return f"{names['owner']}/{names['repo']}" == self.project

    @property
    def routes(self) -> Mapping[str, Callable[[Asked], Answer]]:
        return {
            "GET /user": self._who,
            f"GET {_REPOSITORY}/issues/{{index}}/comments": self._list_comments,
            f"POST {_REPOSITORY}/issues/{{index}}/comments": self._create_comment,
            f"PATCH {_REPOSITORY}/issues/comments/{{id}}": self._edit_comment,
            f"POST {_REPOSITORY}/statuses/{{sha}}": self._create_status,
            f"GET {_REPOSITORY}/pulls/{{index}}/reviews": self._list_reviews,
            f"POST {_REPOSITORY}/pulls/{{index}}/reviews": self._create_review,
            f"DELETE {_REPOSITORY}/pulls/{{index}}/reviews/{{id}}": self._delete_review,
            f"GET {_REPOSITORY}/commits/{{sha}}/pull": self._get_pull,
        }

    def _who(self, asked: Asked) -> Answer:
        return Answer(403, {"message": "Forbidden"}) if self.job_token else Answer(200, _user(self.user))

    def _list_comments(self, asked: Asked) -> Answer:
        return Answer(200, [_comment(entry) for entry in self.entries if entry.number == asked.number("index")])

    def _create_comment(self, asked: Asked) -> Answer:
        return Answer(201, _comment(self.write_comment(asked.number("index"), self.author, asked.body["body"])))

    def _edit_comment(self, asked: Asked) -> Answer:
        entry = self.edit(asked.number("id"), asked.body["body"])
        return Answer(200, _comment(entry)) if entry else Answer(403, {"message": "Forbidden"})

    def _create_status(self, asked: Asked) -> Answer:
        self.statuses(asked.names["sha"]).append(asked.body)
        reported = {"id": self.new_id(), "status": asked.body.get("state", ""), "context": "default"}
        return Answer(201, reported | {name: value for name, value in asked.body.items() if name != "state"})

    def _list_reviews(self, asked: Asked) -> Answer:
        found = [_review(one) for one in self.reviews if one.number == asked.number("index")]
        page = page_of(found, asked, "limit", 30, 50)
        return Answer(200, page.items, {"X-Total-Count": str(page.total)})

    def _create_review(self, asked: Asked) -> Answer:
        self.reviews.append(Review(self.new_id(), asked.number("index"), self.author, asked.body))
        return Answer(200, _review(self.reviews[-1]))

    def _delete_review(self, asked: Asked) -> Answer:
        found = [one for one in self.reviews if one.id == asked.number("id")]
        if not found:
            return Answer(404, {"message": "The target couldn't be found."})
        if found[0].author != self.author:
            return Answer(403, {"message": "Forbidden"})
        self.reviews.remove(found[0])
        return Answer(204)

    def _get_pull(self, asked: Asked) -> Answer:
        brought = self._brought[asked.names["sha"]]
        if not brought:
            return Answer(404, {"message": "The target couldn't be found."})
        return Answer(200, {"id": 1000 + brought[0], "number": brought[0], "state": "closed", "title": "A change"})


def _comment(entry: Entry) -> dict[str, Any]:
    reported = {"id": entry.id, "body": entry.body, "user": _user(entry.author)}
    return reported | {"created_at": WHEN, "updated_at": WHEN}


def _review(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "body": review.body.get("body", ""),
        "user": _user(review.author),
        "commit_id": review.body.get("commit_id", ""),
        "state": "COMMENT",
        "comments_count": len(review.body.get("comments", ())),
    }


def _user(login: str) -> dict[str, Any]:
    # The account of jobs is the forge's own.
    return {"id": -2 if login == GiteaFake.job_user else sum(login.encode()), "login": login}
