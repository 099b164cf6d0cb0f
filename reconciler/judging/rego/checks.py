"""What is wrong with rules before they judge anything: names that mean nothing. Such a rule would just say nothing.

Pure: which builtin functions the engine has is asked by who calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from reconciler.judging.rego.text import Chain, Module, Rule
from reconciler.text.suggestion import did_you_mean

PACKAGE = "magi"
DECISIONS = ("deny", "warn")
TEST = "test_"
"""How the names of rules begin that test others."""
OWN_FUNCTIONS = {
    name: f"data.magi_builtins.{name}" for name in ("net.cidr_contains", "net.cidr_intersects", "net.cidr_is_valid")
}
"""Builtin functions that the engine lacks, and where Magi's are."""
_ALWAYS = frozenset({"input", "data", "_"})
_INSTEAD = {
    "http": "rules reach no network: all that they can judge is in the input",
    "opa": "what rules judge is in the input alone",
    "net": f"of the functions on networks there are {', '.join(OWN_FUNCTIONS)}",
}


@dataclass(frozen=True)
class Modules:
    """Files that are evaluated together."""

    all: Sequence[Module]
    names: Mapping[str, frozenset[str]] = field(init=False)
    """The names that each package defines."""

    def __post_init__(self) -> None:
        packages = {module.package for module in self.all}
        names = {
            package: frozenset(rule.name for module in self.all if module.package == package for rule in module.rules)
            for package in packages
        }
        object.__setattr__(self, "names", names)

    def rules(self) -> Iterator[tuple[Module, Rule]]:
        for module in self.all:
            for rule in module.rules:
                yield module, rule

    def rule_of(self, path: str) -> str:
        """The path of the rule that a path leads to or into, ``data.PACKAGE.NAME``; "" for none."""
        while path.startswith("data."):
            above, _, name = path.rpartition(".")
            if name in self.names.get(above.removeprefix("data."), ()):
                return path
            path = above
        return ""

    def has_package(self, path: str) -> bool:
        """Whether there is a package of that path, or below it."""
        desired = path.removeprefix("data").removeprefix(".")
        return any(not desired or f"{package}.".startswith(f"{desired}.") for package in self.names)


def decisions_of(modules: Modules) -> dict[str, str]:
    """Where each of the decisions is defined first, by name."""
    found: dict[str, str] = {}
    for module, rule in modules.rules():
        if module.package == PACKAGE and rule.name in DECISIONS:
            found.setdefault(rule.name, module.place(rule.start))
    return found


def builtins_of(modules: Modules) -> dict[str, str]:
    """The builtin functions that are called, other than Magi's, and where first."""
    found: dict[str, str] = {}
    for module, rule in modules.rules():
        for chain in rule.chains:
            if chain.called and _is_builtin(modules, module, rule, chain) and chain.name not in OWN_FUNCTIONS:
                found.setdefault(chain.name, module.place(chain.start))
    return found


def lacking(name: str, place: str) -> str:
    """That there is no such builtin function."""
    known = f"; {_INSTEAD[root]}" if (root := name.partition(".")[0]) in _INSTEAD else ""
    return f"{place}: there is no function {name}{known}"


def prepared(module: Module, modules: Modules) -> str:
    """The text of a module as the engine gets it; lines stay as they are.

    Calls of the functions of `OWN_FUNCTIONS` lead to them. A path in place of the input is made a value first: the
    engine crashes of a path there.
    """
    edits = [
        (chain.start, chain.end, OWN_FUNCTIONS[chain.name])
        for rule in module.rules
        for chain in rule.chains
        if chain.called and chain.name in OWN_FUNCTIONS and _is_builtin(modules, module, rule, chain)
    ]
    for rule in module.rules:
        edits += [(start, end, f"object.union({module.text[start:end]}, {{}})") for start, end in rule.inputs()]
    parts, at = [], 0
    for start, end, new in sorted(edits):
        parts += [module.text[at:start], new]
        at = end
    return "".join([*parts, module.text[at:]])


def problems_of(modules: Modules, fields: Collection[str], data: str = "") -> Iterator[str]:
    """What is wrong, with file, line and column. ``fields``: what the input has; ``data``: a path of other data."""
    decisions = decisions_of(modules)
    if not decisions:
        where = ", ".join(sorted({f"{module.file}: package {module.package or 'none'}" for module in modules.all}))
        yield f"{where}: none of the rules decides: define deny or warn in package {PACKAGE}"
    for module in modules.all:
        tests = any(rule.name.startswith(TEST) for rule in module.rules)
        if module.package != PACKAGE and not tests and not _is_used_package(modules, module.package):
            yield (
                f"{module.place(0)}: nothing uses package {module.package or 'none'}; rules that decide are in "
                f"package {PACKAGE}"
            )
    used = {name for module, rule in modules.rules() for name in _used(modules, module, rule)}
    reported = set()
    for module, rule in modules.rules():
        if module.package == PACKAGE and rule.name in DECISIONS and not rule.is_set:
            yield (
                f"{module.place(rule.start)}: {rule.name} is no set, or can be undefined; write "
                f"'{rule.name} contains …'"
            )
        path = f"data.{module.package}.{rule.name}"
        named = rule.name in DECISIONS or rule.name.startswith(TEST)
        if module.package == PACKAGE and not named and path not in used and path not in reported:
            reported.add(path)
            near = did_you_mean(rule.name, DECISIONS) or "what decides is deny and warn"
            yield f"{module.place(rule.start)}: nothing uses {rule.name}: {near}"
        yield from _problems_in(modules, module, rule, fields, data)
    yield from _circles(modules)


def _circles(modules: Modules) -> Iterator[str]:
    """Rules that need themselves, which the engine finds out when it evaluates them."""
    needs: dict[str, set[str]] = {}
    places: dict[str, str] = {}
    for module, rule in modules.rules():
        path = f"data.{module.package}.{rule.name}"
        places.setdefault(path, module.place(rule.start))
        heads = rule.heads
        found = {
            modules.rule_of(_path(modules, module, rule, chain)) for chain in rule.chains if chain.start not in heads
        }
        needs.setdefault(path, set()).update(found - {""})
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = [str(one).removeprefix("data.") for one in error.args[1]]
        yield f"{places[error.args[1][0]]}: rules need themselves: {' -> '.join(circle)}"


def _problems_in(modules: Modules, module: Module, rule: Rule, fields: Collection[str], data: str) -> Iterator[str]:
    known = {*_ALWAYS, *module.imports, *modules.names[module.package], *rule.bound}
    for chain in rule.chains:
        place = module.place(chain.start)
        path = _path(modules, module, rule, chain)
        if chain.called:
            if path.startswith("data.") and not modules.rule_of(path):
                yield f"{place}: there is no function {chain.name}"
        elif path.startswith("data.") and not _leads_somewhere(modules, path, data):
            yield f"{place}: there is no {path}"
        elif chain.root not in known:
            near = did_you_mean(chain.root, known - {"_"})
            yield f"{place}: nothing gives {chain.root} a value{f'; {near}' if near else ''}"
        elif chain.name.startswith("input.") and (name := chain.name.split(".")[1]) not in fields:
            near = did_you_mean(name, fields) or f"it has {', '.join(sorted(fields))}"
            yield f"{place}: the input has no {name}; {near}"


def _leads_somewhere(modules: Modules, path: str, data: str) -> bool:
    return bool(modules.rule_of(path) or modules.has_package(path) or (data and f"{path}.".startswith(f"{data}.")))


def _is_builtin(modules: Modules, module: Module, rule: Rule, chain: Chain) -> bool:
    return not _path(modules, module, rule, chain)


def _path(modules: Modules, module: Module, rule: Rule, chain: Chain) -> str:
    """What a name means from the root of all: data.PACKAGE.NAME, input.NAME; "" for variables and builtin functions."""
    root, _, rest = chain.name.partition(".")
    if root in rule.bound and not chain.called:
        return ""
    if root in {"data", "input"}:
        return chain.name
    if root in modules.names[module.package]:
        return f"data.{module.package}.{chain.name}"
    if root in module.imports:
        return f"{module.imports[root]}.{rest}" if rest else module.imports[root]
    return ""


def _used(modules: Modules, module: Module, rule: Rule) -> Iterator[str]:
    """What a rule refers to, with all that leads there; not by what it refers to itself."""
    own = f"data.{module.package}.{rule.name}"
    for chain in rule.chains:
        path = _path(modules, module, rule, chain)
        while path and path != own and not own.startswith(f"{path}."):
            yield path
            path = path.rpartition(".")[0]


def _is_used_package(modules: Modules, package: str) -> bool:
    desired = f"data.{package}"
    return any(
        used == desired or used.startswith(f"{desired}.")
        for module, rule in modules.rules()
        if module.package != package
        for used in _used(modules, module, rule)
    )
