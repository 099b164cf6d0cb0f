"""Git repositories on this machine: where they are, and one commit of them as a source."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.model import DEFAULT_LIMITS, InputLimits
from reconciler.source.commits import (
    Entries,
    check_expression,
    folder_path,
    read_commit,
    resolve_here,
    revision_not_found,
)
from reconciler.source.errors import RevisionNotFoundError
from reconciler.source.git_process import Git
from reconciler.source.snapshot import Snapshot
from reconciler.source.verification import Verifier


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on disk, and which folder of it is meant ('' for all). ``work_tree``: None for a bare one."""

    git: Git
    folder: str
    work_tree: Path | None

    @property
    def bare(self) -> bool:
        return self.work_tree is None


def find_repository(path: Path) -> Repository | None:
    """The repository that a directory is, or lies in; None if it is in none."""
    # GitPython looks for the git program when it is imported; a plain directory needs neither.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from git import InvalidGitRepositoryError, NoSuchPathError, Repo  # noqa: PLC0415 - see above

    try:
        found = Repo(path.resolve(), search_parent_directories=True)
    except (InvalidGitRepositoryError, NoSuchPathError, OSError, ValueError):
        return None
    try:
        git = Git(Path(found.git_dir), str(path))
        work_tree = found.working_tree_dir
        if found.bare or work_tree is None:
            return Repository(git, "", None)
        root = Path(work_tree).resolve()
        return Repository(git, folder_path(path.resolve().relative_to(root).as_posix()), root)
    except ValueError:
        return None  # inside .git itself
    finally:
        found.close()


class LocalCommit:
    """One revision of a repository on disk, read directly; the branch's newest commit at each fetch."""

    def __init__(
        self,
        repository: Repository,
        revision: str | None = None,
        path: str = "",
        verifier: Verifier | None = None,
        *,
        limits: InputLimits = DEFAULT_LIMITS,
    ) -> None:
        self._limits = limits
        self.repository = repository
        self.label = repository.git.label
        self.revision = check_expression(revision) if revision is not None else "HEAD"
        self.folder = "/".join(filter(None, (repository.folder, folder_path(path))))

        self._verifier = verifier
        self._verified: str | None = None
        self._entries = Entries()

    @property
    def git(self) -> Git:
        return self.repository.git

    def commit_of(self, revision: str) -> str | None:
        """The commit that a revision means in this repository; None if there is none."""
        return resolve_here(self.repository.git, revision)

    def last_good(self) -> None:
        """Nothing is kept: the repository is on this machine."""

    def fetch(self) -> Snapshot:
        """The files of the commit that the revision means now. Raises RevisionNotFoundError."""
        git = self.repository.git
        commit = self.commit_of(self.revision)
        if commit is None and self.revision == "HEAD":
            raise RevisionNotFoundError(f"{self.label}: the repository has no commit yet", "commit the documents")
        if commit is None:
            raise revision_not_found(git, self.revision)
        if self._verifier is None:
            return read_commit(git, commit, self.folder, limits=self._limits, entries=self._entries)
        commit, distrust = self._verifier.in_force(git, commit, self._verified)
        self._verified = commit
        snapshot = read_commit(git, commit, self.folder, self._verifier, limits=self._limits, entries=self._entries)
        return replace(snapshot, distrust=distrust)
