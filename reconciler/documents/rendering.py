"""Documents as they are once all is written out: what `magi render` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath

import yaml

from reconciler.documents.collect import Documents
from reconciler.documents.reading.scalars import UnusableNumberError, plain_value
from reconciler.documents.words import Written
from reconciler.documents.words.declaring import encode


def rendered(documents: Documents, service: str | None = None) -> Iterator[Mapping[str, object]]:
    """Each document as plain data that a repository may hold: with the members of sets, and without sets and templates.

    Paths of files are relative to the root of the repository. ``service``: only the one of this name.
    """
    if service is None:
        for kind in (documents.policies, documents.vims, documents.descriptors):
            yield from (_plain(document) for document in kind.values())
    for name, document in documents.services.items():
        if service in {None, name}:
            yield _plain(document)


def yaml_of(value: object) -> str:
    """Plain data as YAML that reads back as the same data."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Writes no references, and quotes all text that documents would read as something else."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if _is_plain(text) else "'")


def _is_plain(text: str) -> bool:
    try:
        return isinstance(plain_value(text), str)
    except UnusableNumberError:
        return False


_Dumper.add_representer(str, _text)


def _plain(document: Written) -> Mapping[str, object]:
    folder = dirname(document.spot.source.file)
    data = encode(document)
    for vdu in data["spec"].get("vdus", ()) if document.kind == "VnfDescriptor" else ():
        if "file" in vdu.get("userData", {}):
            vdu["userData"] = {**vdu["userData"], "file": normpath(join(folder, vdu["userData"]["file"]))}
    return data
