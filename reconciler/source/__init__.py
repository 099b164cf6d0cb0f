"""Where documents come from: a directory, a local Git repository or one elsewhere. Called by the loop and the CLI.

source = open_source("https://git.example/edge.git", cache_dir=cache)
snapshot = source.fetch()
contents = snapshot.read(path for path in snapshot.files if path.endswith(".yaml"))
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from reconciler.config import DescriptorsConfig, TrustConfig
from reconciler.model import DEFAULT_LIMITS, InputLimits
from reconciler.source.approvals import TRAILER
from reconciler.source.commits import folder_path, revision_not_found
from reconciler.source.directory import Directory
from reconciler.source.errors import (
    AuthenticationError,
    ConflictError,
    ForbiddenUrlError,
    NotARepositoryError,
    RevisionNotFoundError,
    SourceError,
    SourceTimeoutError,
    UnreachableError,
    UntrustedError,
    redact,
)
from reconciler.source.git_process import kill_running
from reconciler.source.merging import Merge, merging
from reconciler.source.mirror import DEFAULT_TIMEOUT, GitSource
from reconciler.source.repository import LocalCommit, find_repository
from reconciler.source.shared import WithShared, joined
from reconciler.source.snapshot import Distrust, Snapshot, Source, SourceFile, WorkTree, blob_id
from reconciler.source.urls import looks_like_url
from reconciler.source.verification import Verifier

__all__ = [
    "DEFAULT_TIMEOUT",
    "TRAILER",
    "AuthenticationError",
    "ConflictError",
    "Directory",
    "Distrust",
    "ForbiddenUrlError",
    "GitSource",
    "LocalCommit",
    "Merge",
    "NotARepositoryError",
    "RevisionNotFoundError",
    "Snapshot",
    "Source",
    "SourceError",
    "SourceFile",
    "SourceTimeoutError",
    "UnreachableError",
    "UntrustedError",
    "WithShared",
    "WorkTree",
    "blob_id",
    "joined",
    "kill_running",
    "looks_like_url",
    "open_merge",
    "open_shared",
    "open_source",
    "redact",
]

NO_TRUST = TrustConfig()
"""Whatever is in the repository is taken."""


def open_source(
    text: str,
    revision: str | None = None,
    *,
    cache_dir: Path,
    path: str = "",
    timeout: float = DEFAULT_TIMEOUT,
    environ: Mapping[str, str] = os.environ,
    allow_http: bool = False,
    trust: TrustConfig = NO_TRUST,
    limits: InputLimits = DEFAULT_LIMITS,
) -> Directory | LocalCommit | GitSource:
    """What people mean by a source, not read yet.

    - a directory: its files as they are; with a revision, that commit of the repository around it
    - a bare repository: the commit of the revision, or of its default branch
    - else a URL: fetched into a mirror below `cache_dir`

    `path` is a folder inside of it. `trust`: which commits of a repository are taken; a directory is what it is.
    `limits`: how much of it is read.
    Raises SourceError for what is none of these.
    """
    place = Path(text).expanduser()
    verifier = Verifier(trust) if trust.is_on else None
    if place.is_dir():
        return _open_directory(place, revision, path, verifier, limits)
    if looks_like_url(text) and not place.exists():
        return GitSource(
            text,
            revision,
            cache_dir=cache_dir,
            path=path,
            timeout=timeout,
            environ=environ,
            allow_http=allow_http,
            verifier=verifier,
            limits=limits,
        )
    if place.exists():
        raise NotARepositoryError(f"{text} is a file", f"give the directory: {place.parent}")
    raise NotARepositoryError(
        f"{redact(text)!r} does not exist",
        "give a directory, a Git repository, or a URL such as https://git.example/edge.git",
    )


def open_shared(
    config: DescriptorsConfig,
    *,
    cache_dir: Path,
    environ: Mapping[str, str] = os.environ,
    limits: InputLimits = DEFAULT_LIMITS,
) -> Directory | LocalCommit | GitSource | None:
    """The repository of shared descriptors, if there is one. Raises SourceError."""
    if not config.url:
        return None
    own = {**environ}
    if config.credentials_file:
        own["MAGI_GIT_CREDENTIALS_FILE"] = str(config.credentials_file)
    return open_source(config.url, config.revision, cache_dir=cache_dir, path=config.path, environ=own, limits=limits)


@contextmanager
def open_merge(
    text: str,
    base: str,
    head: str,
    *,
    cache_dir: Path,
    path: str = "",
    trust: TrustConfig = NO_TRUST,
    limits: InputLimits = DEFAULT_LIMITS,
) -> Iterator[Merge]:
    """What merging the revision ``head`` into ``base`` would make of a local repository, or of one at a URL.

    Where only verified commits are taken, the newest verified one of ``base`` is merged into. Raises SourceError.
    """
    source = open_source(text, base, cache_dir=cache_dir, path=path, trust=trust, limits=limits)
    into = source.fetch()
    if isinstance(source, Directory) or into.commit is None:
        raise NotARepositoryError(f"{redact(text)!r} is no Git repository", "give a clone, or a URL")
    verifier = Verifier(trust) if trust.is_on else None
    tip = source.commit_of(head)
    if tip is None:
        raise revision_not_found(source.git, head)
    with merging(source.git, into.commit, tip, source.folder, verifier, limits) as merge:
        yield replace(merge, read=lambda: replace(merge.read(), distrust=into.distrust))


def _open_directory(
    place: Path, revision: str | None, path: str, verifier: Verifier | None, limits: InputLimits
) -> Directory | LocalCommit:
    repository = find_repository(place)
    if repository and (repository.bare or revision is not None):
        return LocalCommit(repository, revision, path, verifier, limits=limits)
    if revision is not None:
        raise NotARepositoryError(
            f"{place} is in no Git repository, so it has no revision {revision!r}", "leave the revision out"
        )
    if not path:
        return Directory(place, repository, limits)
    folder = place / folder_path(path)
    if repository and folder.exists() and folder.resolve() != place.resolve() / folder_path(path):
        raise NotARepositoryError(
            f"{place}: {path!r} is, or leads through, a symbolic link", "name the folder that it leads to"
        )
    return Directory(folder, find_repository(folder) if repository else None, limits)
