"""Who may approve what guards block, and which services may name which secrets.

A file of the operator's, outside the repository, so that no commit can change it. Read strictly: what is not known is
an error with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from reconciler.model import ApproverRule, Approvers, BlockReason, ConfigError, SecretRule
from reconciler.text.suggestion import did_you_mean

GUARDS = tuple(sorted(guard.slug for guard in BlockReason if guard.is_approvable))
"""The guards whose blocked steps can be approved, as the file names them."""
_SOURCES = ("env:", "file:", "age:")
_HINT = "docs/guards.md, approvers, has an example"


class _Field(NamedTuple):
    """How one field is read; ``known``: the words that it may hold, or () for any."""

    read: Callable[[_Reader, yaml.Node, str, Collection[str]], Any]
    known: Collection[str] = ()


class _Reader:
    """Reads nodes of YAML, which know their lines, and collects what is wrong."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[str] = []

    def wrong(self, node: yaml.Node, where: str, words: str) -> None:
        self.problems.append(f"{self.file}:{node.start_mark.line + 1}: {where}: {words}")

    def mapping(self, node: yaml.Node, where: str, fields: Mapping[str, _Field]) -> dict[str, Any]:
        """The fields that are there, read; others and double ones are wrong."""
        found: dict[str, Any] = {}
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, where, f"must be a mapping with any of {', '.join(fields)}; found {_shown(node)}")
            return found
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else _shown(key)
            path = f"{where}.{name}" if where != "the file" else name
            if name not in fields:
                near = did_you_mean(name, fields) or f"there are: {', '.join(fields)}"
                self.wrong(key, path, f"unknown field; {near}")
            elif name in found:
                self.wrong(key, path, "is there twice")
            else:
                found[name] = fields[name].read(self, value, path, fields[name].known)
        return found

    def texts(self, node: yaml.Node, where: str, known: Collection[str]) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.wrong(node, where, f"must be a list of texts; found {_shown(node)}")
            return ()
        found = []
        for index, item in enumerate(node.value):
            if not isinstance(item, yaml.ScalarNode) or not item.value:
                self.wrong(item, f"{where}[{index}]", f"must be a text; found {_shown(item)}")
            elif known and item.value not in known:
                near = did_you_mean(item.value, known) or f"there are: {', '.join(known)}"
                self.wrong(item, f"{where}[{index}]", f"'{item.value}' is none; {near}")
            else:
                found.append(item.value)
        return tuple(found)

    def secrets(self, node: yaml.Node, where: str, known: Collection[str]) -> tuple[str, ...]:
        found = self.texts(node, where, known)
        for one in found:
            if not one.startswith(_SOURCES) and one != "*":
                self.wrong(node, where, f"'{one}' must begin with {', '.join(_SOURCES)} or be '*'")
        return found

    def flag(self, node: yaml.Node, where: str, _known: Collection[str]) -> bool:
        if node.tag != "tag:yaml.org,2002:bool":
            self.wrong(node, where, f"must be true or false; found {_shown(node)}")
        return isinstance(node, yaml.ScalarNode) and node.value.lower() in {"true", "yes", "on"}

    def labels(self, node: yaml.Node, where: str, _known: Collection[str]) -> tuple[tuple[str, str], ...]:
        if not isinstance(node, yaml.MappingNode) or not node.value:
            self.wrong(node, where, f"must be a mapping of labels; found {_shown(node)}")
            return ()
        pairs = [(key, value) for key, value in node.value if isinstance(value, yaml.ScalarNode)]
        if len(pairs) != len(node.value):
            self.wrong(node, where, "the value of a label is a text")
        return tuple(sorted((str(key.value), value.value) for key, value in pairs))

    def rules(self, node: yaml.Node, where: str, _known: Collection[str]) -> tuple[ApproverRule, ...]:
        rules = [self.mapping(item, f"{where}[{at}]", _RULE) for at, item in self.items(node, where)]
        return tuple(ApproverRule(**{**one, "guards": frozenset(one.get("guards", ()))}) for one in rules)

    def secret_rules(self, node: yaml.Node, where: str, _known: Collection[str]) -> tuple[SecretRule, ...]:
        rules = []
        for at, item in self.items(node, where):
            found = self.mapping(item, f"{where}[{at}]", _SECRET)
            if "may" not in found and isinstance(item, yaml.MappingNode):
                self.wrong(item, f"{where}[{at}]", "missing field may")
            rules.append(SecretRule(**{"may": (), **found}))
        return tuple(rules)

    def final(self, node: yaml.Node, where: str, _known: Collection[str]) -> dict[str, Any]:
        return self.mapping(node, where, _FINAL)

    def items(self, node: yaml.Node, where: str) -> list[tuple[int, yaml.Node]]:
        if isinstance(node, yaml.SequenceNode):
            return list(enumerate(node.value))
        self.wrong(node, where, f"must be a list of rules; found {_shown(node)}")
        return []


_RULE = {
    "guards": _Field(_Reader.texts, GUARDS),
    "services": _Field(_Reader.texts),
    "folders": _Field(_Reader.texts),
    "labels": _Field(_Reader.labels),
    "by": _Field(_Reader.texts),
    "separate": _Field(_Reader.flag),
}
_SECRET = {
    "services": _Field(_Reader.texts),
    "folders": _Field(_Reader.texts),
    "may": _Field(_Reader.secrets),
}
_FINAL = {"guards": _Field(_Reader.texts, GUARDS), "rules": _Field(_Reader.texts)}
_FILE = {
    "approvers": _Field(_Reader.rules),
    "notApprovable": _Field(_Reader.final),
    "secrets": _Field(_Reader.secret_rules),
}


def load_approvers(file: Path, *, verified: bool) -> Approvers:
    """The rules in a file. Raises ConfigError with all that is wrong.

    ``verified``: whether commits have to be signed.
    """
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}", "see the setting trust.approversFile") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{file} is no YAML: {' '.join(str(error).split())}", _HINT) from error
    if node is None:
        raise ConfigError(f"{file} is empty", _HINT)
    reader = _Reader(file)
    found = reader.mapping(node, "the file", _FILE)
    if not found and not reader.problems:
        reader.wrong(node, "the file", f"says nothing; it has any of {', '.join(_FILE)}")
    if reader.problems:
        raise ConfigError("; ".join(reader.problems), _HINT)
    final = found.get("notApprovable", {})
    approvers = Approvers(
        # A file that is about secrets alone leaves approvals as they are.
        found["approvers"] if "approvers" in found else (ApproverRule(),),
        frozenset(final.get("guards", ())),
        final.get("rules", ()),
        found.get("secrets"),
    )
    if approvers.need_signers and not verified:
        raise ConfigError(
            f"{file} has 'by' or 'separate', but no signatures are asked for, so no one could approve",
            "set trust.verify: commits, with the keys of the signers, or leave them out",
        )
    return approvers


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return f"'{node.value}'"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
