"""Suspends a network service, a set or a VIM, or lets it go on: one word in its document, and a commit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import click

from reconciler.cli import clone as clones, exits
from reconciler.cli.output import echo
from reconciler.config import limits_of
from reconciler.documents import parse, with_flag
from reconciler.documents.reading.marks import Document
from reconciler.model import ConfigError
from reconciler.source import open_source
from reconciler.text.suggestion import did_you_mean

_SPECS = {
    "NetworkService": ("spec",),
    "NetworkServiceSet": ("spec", "template", "spec"),
    "Vim": ("spec",),
}


class Found(NamedTuple):
    """A document that may be suspended, and the text of its file."""

    document: Document
    text: str

    @property
    def spec(self) -> tuple[str, ...]:
        return _SPECS[self.document.data["kind"]]

    @property
    def suspended(self) -> bool:
        spec = self.document.data
        for part in self.spec:
            spec = spec[part]
        return bool(spec.get("suspend", False))

    @property
    def title(self) -> str:
        words = {"NetworkService": "network service", "NetworkServiceSet": "set", "Vim": "VIM"}
        return f"{words[self.document.data['kind']]} {self.document.data['metadata']['name']}"


def of_a_document(command: Any) -> Any:
    """The arguments of both commands: those of `change`."""
    reason = click.option("--reason", default="", metavar="TEXT", help="Why, for the message of the commit.")
    vim = click.option("--vim", is_flag=True, help="NAME is a VIM.")
    for one in (clones.push, clones.branch, clones.option, reason, vim, click.argument("name", metavar="NAME")):
        command = one(command)
    return command


def change(clone: Path, branch: str | None, name: str, reason: str, *, vim: bool, suspend: bool, push: bool) -> int:
    """Writes it into the document and commits. Raises ConfigError where it can't, and nothing is done then."""
    clones.check(clone, branch)
    found = _find(clone, name, vim=vim)
    if found.suspended is suspend:
        echo(f"{found.title} {'is suspended already' if suspend else 'is not suspended'}")
        return exits.FINE
    file = clone / found.document.file
    if clones.git(clone, "status", "--porcelain", "--", found.document.file):
        raise ConfigError(f"{found.document.file} has changes that are not committed", "commit or stash them first")
    text = with_flag(found.text, found.document, found.spec, "suspend", value=suspend)
    if text is None:
        raise ConfigError(
            f"{found.document.file} is laid out in a way that can't be edited here",
            f"set 'suspend: {'true' if suspend else 'false'}' in the spec of {found.title} manually",
        )
    file.write_text(text, encoding="utf-8")
    title = f"{'Suspend' if suspend else 'Resume'} {found.title}"
    try:
        commit = clones.commit(clone, f"{title}\n\n{reason}\n" if reason else f"{title}\n", "--", found.document.file)
    except ConfigError:
        file.write_text(found.text, encoding="utf-8")
        raise
    if push:
        clones.push_head(clone)
    does = "suspends" if suspend else "resumes"
    echo(f"magi: commit {commit} {does} {found.title}" + ("" if push else "; push it, and Magi heeds it"))
    return exits.FINE


def _find(clone: Path, name: str, *, vim: bool) -> Found:
    kinds = {"Vim"} if vim else {"NetworkService", "NetworkServiceSet"}
    found = [one for one in _documents(clone) if one.document.data["kind"] in kinds]
    named = [one for one in found if one.document.data["metadata"]["name"] == name]
    if len(named) == 1:
        return named[0]
    what = "Vim" if vim else "NetworkService or NetworkServiceSet"
    if named:
        places = " and ".join(f"{one.document.file}:{one.document.place(('metadata', 'name'))[0]}" for one in named)
        raise ConfigError(f"there is more than one {what} '{name}': {places}", "rename one of them")
    near = did_you_mean(name, [one.document.data["metadata"]["name"] for one in found])
    hint = near or "a member of a set is suspended with its set" if not vim else near
    raise ConfigError(f"no document below {clone} is a {what} '{name}'", hint)


def _documents(clone: Path) -> list[Found]:
    snapshot = open_source(str(clone), cache_dir=clone, limits=limits_of(os.environ)).fetch()
    texts = snapshot.read([path for path in snapshot.files if path.endswith((".yaml", ".yml"))])
    return [
        Found(document, content.decode())
        for path, content in sorted(texts.items())
        for document in parse(content, path).documents
        if document.data["kind"] in _SPECS
    ]
