"""GitLab: notes on merge requests, commit statuses, and the merge requests of a commit."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.forges.fakes.forge_fake import WHEN, Asked, Entry, ForgeFake, page_of
from tests.forges.fakes.forge_http import Answer

_PROJECT = "/api/v4/projects/{id}"


class GitLabFake(ForgeFake):
    kind = "gitlab"
    project_id = 4711

    def __init__(self) -> None:
        super().__init__()
        self._under_way: dict[tuple[str, str, object], str] = {}
        """The state of the status of a commit, by name and pipeline, that is pending or running."""

        self.link_url = ""
        """Where links to further pages lead, if not to `url`: the name that the server has for itself."""

    def annotations(self, commit: str) -> list[tuple[str, int, str]]:
        return []  # by a report of the job alone

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("private-token") == self.token

    def is_project(self, names: Mapping[str, str]) -> bool:
        return names["id"] in {self.project, str(self.project_id)}

    @property
    def routes(self) -> Mapping[str, Callable[[Asked], Answer]]:
        notes = f"{_PROJECT}/merge_requests/{{noteable_id}}/notes"
        return {
            "GET /api/v4/user": lambda _: Answer(200, self._user(self.user)),
            f"GET {notes}": self._list_notes,
            f"POST {notes}": self._create_note,
            f"PUT {notes}/{{note_id}}": self._update_note,
            f"POST {_PROJECT}/statuses/{{sha}}": self._create_status,
            f"GET {_PROJECT}/repository/commits/{{sha}}/merge_requests": self._list_requests,
        }

    def _list_notes(self, asked: Asked) -> Answer:
        newest_first = asked.query.get("sort", "desc") == "desc"
        entries = [entry for entry in self.entries if entry.number == asked.number("noteable_id")]
        return self._page(asked, [self._note(entry) for entry in sorted(entries, key=_id, reverse=newest_first)])

    def _create_note(self, asked: Asked) -> Answer:
        return Answer(201, self._note(self.write_comment(asked.number("noteable_id"), self.author, asked.body["body"])))

    def _update_note(self, asked: Asked) -> Answer:
        entry = self.edit(asked.number("note_id"), asked.body["body"])
        return Answer(200, self._note(entry)) if entry else Answer(403, {"message": "403 Forbidden"})

    def _create_status(self, asked: Asked) -> Answer:
        """A status that is under way goes through its states; what is over stays, and the next one is a new one."""
        sha, body = asked.names["sha"], asked.body
        which, state = (sha, body.get("name", "default"), body.get("pipeline_id")), body["state"]
        now = self._under_way.pop(which, None)
        if state in {"pending", "running"}:
            refused = now in {state, "running"}
            self._under_way[which] = now if now and refused else state
            if refused:
                event = {"pending": "enqueue", "running": "run"}[state]
                reason = f'Status cannot transition via "{event}"'
                return Answer(
                    400, {"message": f"Cannot transition status via :{event} from :{now} (Reason(s): {reason})"}
                )
        self.statuses(sha).append(body)
        reported = {"id": self.new_id(), "sha": sha, "ref": "main", "status": body["state"], "name": "default"}
        return Answer(201, reported | {name: value for name, value in body.items() if name not in {"state", "context"}})

    def _list_requests(self, asked: Asked) -> Answer:
        brought = self._brought[asked.names["sha"]]
        return self._page(asked, [{"id": 1000 + n, "iid": n, "title": "A change", "state": "merged"} for n in brought])

    def _page(self, asked: Asked, items: list[Any]) -> Answer:
        page = page_of(items, asked, "per_page", 20, 100)
        headers = {
            "X-Page": str(page.number),
            "X-Next-Page": str(page.number + 1) if page.number < page.last else "",
            "X-Per-Page": str(page.size),
            "X-Total": str(page.total),
            "X-Total-Pages": str(page.last),
        }
        return Answer(200, page.items, headers | page.links(asked, self.link_url or self.url))

    def _note(self, entry: Entry) -> dict[str, Any]:
        return {
            "id": entry.id,
            "body": entry.body,
            "author": self._user(entry.author),
            "system": entry.system,
            "created_at": WHEN,
            "updated_at": WHEN,
            "noteable_iid": entry.number,
        }

    def _user(self, name: str) -> dict[str, Any]:
        return {"id": sum(name.encode()), "username": name, "name": name, "web_url": f"https://gitlab.example/{name}"}


def _id(entry: Entry) -> int:
    return entry.id
