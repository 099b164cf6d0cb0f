"""From the command line to a catalog and drivers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from reconciler.cli.options import KEY_FILE, cache_dir
from reconciler.cli.output import echo
from reconciler.config import SecretsConfig, descriptors_of, images_of, limits_of, skips_foreign, trust_of
from reconciler.documents import Documents, Library
from reconciler.judging.owners import Owners, load_owners
from reconciler.judging.rego import bounds_of, load_rules
from reconciler.loop.reading import approvers_of, with_history
from reconciler.model import ApiCall, Catalog, ConfigError, Driver, Secrets, Target
from reconciler.outside.collector_pause import collector_paused
from reconciler.outside.secrets import HostSecrets
from reconciler.source import Snapshot, joined, open_shared, open_source
from reconciler.targets.registry import TARGET_TYPES, Access, Connections
from reconciler.text.suggestion import did_you_mean


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source asks for, and where it is from."""

    snapshot: Snapshot
    catalog: Catalog

    @property
    def commit(self) -> str:
        return self.snapshot.commit or ""

    def title(self) -> str:
        """One line on where the documents are from."""
        if self.snapshot.commit:
            return f"{self.snapshot.label} at {self.snapshot.commit[:10]} “{self.snapshot.subject}”"
        tree = self.snapshot.work_tree
        if tree is None:
            return f"{self.snapshot.label}, as it is on disk"
        changes = "1 uncommitted change" if len(tree.changed) == 1 else f"{len(tree.changed)} uncommitted changes"
        changed = f" with {changes}" if tree.changed else ""
        return f"{self.snapshot.label}, as it is on disk: {tree.commit[:10]} “{tree.subject}”{changed}"


def load_source(source: str, revision: str | None, path: str, overlay: str = "") -> Loaded:
    """Reads and expands. Raises SourceError and DocumentsError; warnings go to stderr."""
    return load_snapshot(read_source(source, revision, path), host_secrets(os.environ), overlay)


def read_source(source: str, revision: str | None, path: str) -> Snapshot:
    """The files of a source, where its commits are trusted. Raises SourceError; warnings go to stderr."""
    trust, limits = trust_of(os.environ), limits_of(os.environ)
    snapshot = open_source(source, revision, cache_dir=cache_dir(), path=path, trust=trust, limits=limits).fetch()
    snapshot = with_shared(snapshot)
    for warning in snapshot.warnings:
        echo(f"magi: warning: {warning}", err=True)
    if snapshot.distrust:
        about = f"this is the last verified one, {(snapshot.commit or '')[:10]}"
        echo(f"magi: warning: {snapshot.distrust}; {about}", err=True)
    return snapshot


def with_shared(snapshot: Snapshot) -> Snapshot:
    """What was read, with the shared descriptors that the environment names. Raises SourceError, ConfigError."""
    shared = open_shared(descriptors_of(os.environ), cache_dir=cache_dir(), limits=limits_of(os.environ))
    return joined(snapshot, shared.fetch()) if shared else snapshot


def load_snapshot(snapshot: Snapshot, secrets: Secrets, overlay: str = "") -> Loaded:
    """Expands what was read. Raises SourceError and DocumentsError."""
    catalog = expand(snapshot, secrets, overlay)
    return Loaded(snapshot, with_history(catalog, snapshot, approvers_of(trust_of(os.environ))))


def expand(snapshot: Snapshot, secrets: Secrets, overlay: str = "") -> Catalog:
    """What documents ask for, held to all that the operator says of them, but for approvals in the history.

    Raises DocumentsError, and ConfigError for what is wrong with the operator's own files.
    """
    return written_out(snapshot, secrets, overlay)[0]


def written_out(snapshot: Snapshot, secrets: Secrets, overlay: str = "") -> tuple[Catalog, Documents]:
    """The same with the documents: sets and templates written out, overlays merged."""
    approvers = approvers_of(trust_of(os.environ))
    library = Library(
        TARGET_TYPES,
        secrets,
        _owners_of(os.environ),
        approvers=approvers,
        limits=limits_of(os.environ),
        skip_foreign=skips_foreign(os.environ),
        overlay=overlay,
    )
    with collector_paused():
        catalog = library.catalog(snapshot)
    folder = os.environ.get("MAGI_REGO_FOLDER")
    rego = load_rules(Path(folder) if folder else None, bounds_of(catalog.limits))
    return replace(catalog, rego=rego), library.documents


def _owners_of(environment: Mapping[str, str]) -> Owners | None:
    """The owners of the repository's folders, by the variable that the daemon has for its setting."""
    file = trust_of(environment).owners_file
    return load_owners(file) if file else None


def host_secrets(environment: Mapping[str, str]) -> HostSecrets:
    """The secrets that a command may read, by the variables that the daemon has for its settings."""
    identity_file = environment.get("MAGI_SECRETS_IDENTITY_FILE")
    config = SecretsConfig(environment.get("MAGI_SECRETS_FILES", ""), Path(identity_file) if identity_file else None)
    key_file = environment.get("MAGI_SECRETS_DIGEST_KEY_FILE")
    return HostSecrets(
        environment, config.folders, config.identity_file, Path(key_file) if key_file else cache_dir() / KEY_FILE
    )


def chosen(catalog: Catalog, vims: Iterable[str], service: str | None, service_hint: str = "--service") -> list[Target]:
    """The targets that the command is about; names that are not in the catalog are errors of the command line."""
    for name in vims:
        if name not in catalog.targets:
            raise click.BadParameter(
                f"no Vim '{name}' in the documents; {near(name, catalog.targets)}", param_hint="--vim"
            )
    if service is not None and service not in catalog.services:
        known = near(service, catalog.services)
        raise click.BadParameter(f"no NetworkService '{service}' in the documents; {known}", param_hint=service_hint)
    return [target for name, target in catalog.targets.items() if not vims or name in vims]


def near(name: str, names: Iterable[str]) -> str:
    return did_you_mean(name, names) or f"there are: {', '.join(sorted(names)) or 'none'}"


@contextmanager
def connected(
    targets: Iterable[Target],
    clouds_file: Path | None,
    owner: str,
    record: Callable[[ApiCall], None] = lambda _: None,
) -> Iterator[Mapping[str, Driver]]:
    """A driver for each target by name. Raises ConfigError with what is wrong with the first that can't be had."""
    drivers: dict[str, Driver] = {}
    connections, access = Connections(TARGET_TYPES), Access(clouds_file, owner, record, images_of(os.environ))
    try:
        for target in targets:
            drivers[target.name] = connections.connect(target, access)
        if not drivers:
            raise ConfigError("the documents have no Vim, so there is nowhere to look", "add a document of kind Vim")
        yield drivers
    finally:
        for driver in drivers.values():
            driver.close()
