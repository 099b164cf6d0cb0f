"""`make kind NAME=record-set`: stubs of a new kind of the network service, and tests that fail until it is one.

New are the file of the kind, its API in the simulator and its test. The sample gets its lines where the others are;
what is in the folders of the kinds and of the simulated Neutron is found there. What needs a decision is left to
people: docs/adding-a-kind.md goes on.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[1]

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40

_KIND: Final = '''\
"""{name}: API reference: Networking v2.0, {words}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model import Spec
from reconciler.targets.openstack.kinds.declared import neutron_rights, read_right
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.rest import Ids, Index, Json, Listing

{constant} = Listing("network", "/v2.0/{route}", "{collection}", optional=True, project="project_id")


@dataclass(frozen=True, slots=True)
class {cls}Spec(Spec):
    """What Git says of one of the {words}."""


class {cls}Kind(NeutronKind[{cls}Spec]):
    name = "{name}"
    spec = {cls}Spec
    listing = {constant}
    resource = "{resource}"
    rights = (
        read_right("network", {constant}.path, "get_{resource}"),
        *neutron_rights("{route}", "{resource}"),
    )

    def read(self, item: Json, index: Index) -> {cls}Spec:
        return {cls}Spec()

    def write(self, spec: {cls}Spec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {{}}

    # `magi adopt` adopts none until `adopted` and `describe` say how: docs/adding-a-kind.md.
'''

_SIMULATOR: Final = '''\
"""{title}: the API of Neutron for the {words}."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import standard
from openstack_simulator.neutron.resource import Resource, bumped, stamp
from openstack_simulator.tables import Table


def table(cloud: Cloud) -> Table:
    return cloud.network.table("{collection}")


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    return table(cloud).put(stamp(cloud, token, values))


def update(cloud: Cloud, _token: Token, record: Record, changes: Record) -> Record:
    return table(cloud).put(bumped(cloud, record, changes))


def delete(cloud: Cloud, _token: Token, record: Record) -> None:
    table(cloud).remove(record["id"])


{constant} = Resource(
    singular="{resource}",
    collection="{collection}",
    kind="{cls}",
    table=table,
    attributes=standard(),
    create=create,
    update=update,
    delete=delete,
    path="/v2.0/{route}",
)
'''

_TEST: Final = '''\
"""{title}: what makes it a kind."""

from __future__ import annotations

from dataclasses import fields

from reconciler.targets.openstack.doctor.rights import RIGHTS
from reconciler.targets.openstack.kinds.{module} import {constant}, {cls}Spec
from tests.conformance.samples import SAMPLES


def test_it_has_a_place_in_a_plan() -> None:
    assert {cls}Spec.rank > 0, "set rank of {cls}Spec: docs/reviewing.md has the order"


def test_git_can_say_something_of_it() -> None:
    assert fields({cls}Spec), "add its fields to {cls}Spec, and to read and write"


def test_its_sample_changes_each_of_its_fields() -> None:
    assert SAMPLES["{name}"].changes, "add a change for each field to the sample"


def test_its_requests_have_their_rights() -> None:
    routes = {{(right.method, right.route) for right in RIGHTS}}
    expected = {{("GET", {constant}.path), ("POST", {constant}.path)}}
    assert expected <= routes, "add a row for each request to its rights"
'''


@dataclass(frozen=True, slots=True)
class Names:
    """What a kind is called in the files that know it."""

    name: str

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    @property
    def module_of_all(self) -> str:
        return f"{self.module[:-1]}ies" if re.search(r"[^aeiou]y$", self.module) else f"{self.module}s"

    @property
    def words(self) -> Mapping[str, str]:
        """What the templates are filled with."""
        collection = self.module_of_all
        words = collection.replace("_", " ")
        return {
            "name": self.name,
            "module": self.module,
            "resource": self.module,
            "collection": collection,
            "constant": collection.upper(),
            "cls": "".join(part.capitalize() for part in self.name.split("-")),
            "route": collection.replace("_", "-"),
            "words": words,
            "title": words.capitalize(),
        }


def new_files(names: Names) -> dict[str, str]:
    """The files that a kind begins with: content by path."""
    templates = {
        f"reconciler/targets/openstack/kinds/{names.module}.py": _KIND,
        f"openstack_simulator/neutron/{names.module_of_all}.py": _SIMULATOR,
        f"tests/resources/test_{names.module}_kind.py": _TEST,
    }
    return {path: template.format(**names.words) for path, template in templates.items()}


def new_lines(root: Path, names: Names) -> dict[str, str]:
    """The files that get lines of the kind, as they have to be. Raises ValueError where one has another shape."""
    words = names.words
    samples = "tests/conformance/samples.py"
    sample = '    "{name}": Sample(key("{name}", "fw/one"), {cls}Spec(), {{}}),\n'.format(**words)
    text = (root / samples).read_text(encoding="utf-8")
    text = _imported(text, samples, "reconciler.targets.openstack.kinds", names.module, f"{words['cls']}Spec")
    return {samples: _before(text, samples, "}\n\n\ndef needed(", sample)}


def _imported(text: str, path: str, package: str, module: str, name: str) -> str:
    """The text with an import more, in the order of modules."""
    lines = text.splitlines(keepends=True)
    there = [(n, line.split()[1]) for n, line in enumerate(lines) if line.startswith(f"from {package}.")]
    if not there:
        raise ValueError(f"{path}: nothing is imported from {package}; add the import of {name} manually")
    later = [n for n, imported in there if imported > f"{package}.{module}"]
    at = later[0] if later else _end_of_import(lines, there[-1][0])
    return "".join([*lines[:at], f"from {package}.{module} import {name}\n", *lines[at:]])


def _end_of_import(lines: list[str], at: int) -> int:
    """The line behind an import, which may go over several."""
    if lines[at].rstrip().endswith("("):
        at = next(n for n in range(at, len(lines)) if lines[n].startswith(")"))
    return at + 1


def _before(text: str, path: str, anchor: str, addition: str) -> str:
    if text.count(anchor) != 1:
        shown = anchor.strip().splitlines()[-1]
        raise ValueError(f"{path}: `{shown}` is not there once; add manually before it: {addition.strip()}")
    return text.replace(anchor, addition + anchor)


def write_kind(root: Path, name: str) -> list[str]:
    """Writes the stubs of a kind, all or none; the paths of what was written. Raises ValueError."""
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        raise ValueError(
            f"NAME={name!r} is no name of a kind: lower-case words with dashes are, such as record-set, "
            f"of at most {_LONGEST} characters"
        )
    names = Names(name)
    files = new_files(names)
    if there := [path for path in files if (root / path).exists()]:
        raise ValueError(f"{', '.join(there)}: there already; choose another NAME, or remove what is left of a try")
    files |= new_lines(root, names)
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    return list(files)


if __name__ == "__main__":
    try:
        written = write_kind(ROOT, sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        sys.exit(str(error))
    sys.stdout.write("".join(f"{path}\n" for path in written))
    sys.stdout.write("The new test fails and says what comes next; docs/adding-a-kind.md has the rest.\n")
