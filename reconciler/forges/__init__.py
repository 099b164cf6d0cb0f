"""GitHub, GitLab, and Gitea or Forgejo: comments, commit statuses and marks on lines. Knows nothing of plans.

forge   what is asked of a forge, its errors, and how often it is asked again
github, gitlab, gitea   how each of them is asked
jobs    which pull request a CI job is about
lines   marks on lines that jobs print or write
"""

import re

from reconciler.forges.forge import (
    Annotation,
    Comment,
    Forge,
    ForgeBusyError,
    ForgeRefusedError,
    Status,
    Verdict,
    patiently,
    put_annotations,
    put_comment,
    put_status,
)
from reconciler.forges.jobs import Job, job_of
from reconciler.forges.lines import code_quality, no_commands, workflow_commands
from reconciler.model import ConfigError, ForgeError

__all__ = [
    "Annotation",
    "Comment",
    "Forge",
    "ForgeBusyError",
    "ForgeError",
    "ForgeRefusedError",
    "Job",
    "Status",
    "Verdict",
    "code_quality",
    "job_of",
    "no_commands",
    "open_forge",
    "patiently",
    "put_annotations",
    "put_comment",
    "put_status",
    "workflow_commands",
]


def open_forge(kind: str, url: str, project: str, token: str, pipeline: int | None = None) -> Forge:
    """A project on a forge. ``url`` "" is the public one of GitHub and GitLab. Nothing is asked yet.

    Raises ConfigError for what is missing or can't be right.
    """
    if not project:
        raise ConfigError("which project on the forge is meant is not known", "give forge.project, as OWNER/NAME")
    if not token:
        raise ConfigError("there is no token for the forge", "see docs/forges.md on where it is taken from")
    if not re.fullmatch(r"[!-~]+", token):
        raise ConfigError("the token for the forge holds spaces, line breaks or letters that no token has")
    if url and not re.match(r"https?://[^/]", url):
        raise ConfigError(f"{url} is no URL of a forge", "give forge.url, like https://git.example")
    # Each library takes a third of a second to import.
    if kind == "gitea":
        from reconciler.forges.gitea import Gitea  # noqa: PLC0415

        if not url:
            raise ConfigError("where Gitea or Forgejo is is not known", "give forge.url, like https://git.example")
        return Gitea(url, project, token)
    try:
        if kind == "github":
            from reconciler.forges import github  # noqa: PLC0415

            return github.GitHub(url or github.URL, project, token)
        from reconciler.forges import gitlab  # noqa: PLC0415

        return gitlab.GitLab(url or gitlab.URL, project, token, pipeline)
    except ImportError:
        raise ConfigError(f"the library for {kind} is not installed", "pip install 'magi[forges]'") from None
