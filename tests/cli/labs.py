"""Services on a VIM in memory, and someone at a terminal."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.cli import loading
from reconciler.cli.main import run
from reconciler.model import ApiBudget, Driver, Key, Target
from reconciler.targets.memory.driver import MemoryDriver, Store
from reconciler.targets.registry import TARGET_TYPES, Access, Connections
from tests.targets.test_memory import DESCRIPTOR, SERVICE
from tests.worlds import PLACE


class Terminal(io.StringIO):
    """What someone types."""

    def isatty(self) -> bool:
        return True


@dataclass
class Lab:
    """A directory of documents for VIMs of their own, in the memory of this process."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    vims: tuple[str, ...]
    connections: Connections = field(default_factory=lambda: Connections(TARGET_TYPES))

    @classmethod
    def at(cls, folder: Path, monkeypatch: pytest.MonkeyPatch, vims: int = 1) -> Lab:
        lab = cls(folder / "docs", monkeypatch, tuple(f"lab{number}" for number in range(vims)))
        lab.folder.mkdir()
        # What is there outlives a command, as on a cloud.
        monkeypatch.setattr(loading, "Connections", lambda _: lab.connections)
        lab.write("vims.yaml", "---".join(map(_vim, lab.vims)))
        lab.write("web.yaml", DESCRIPTOR)
        return lab

    @property
    def vim(self) -> str:
        return self.vims[0]

    @property
    def source(self) -> str:
        return str(self.folder)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def declare(self, name: str, vim: str = "", more: str = "") -> None:
        """Writes a network service. ``more``: what its spec has besides."""
        text = SERVICE.replace("{name: shop}", f"{{name: {name}}}").replace("vim: lab", f"vim: {vim or self.vim}")
        self.write(f"{name}.yaml", text + more)

    def policy(self, spec: str) -> None:
        self.write("policy.yaml", f"apiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {{name: rails}}\nspec: {spec}\n")

    def forget(self, name: str) -> None:
        """Removes the document of a service."""
        (self.folder / f"{name}.yaml").unlink()

    def run(self, *arguments: str, types: str | None = None) -> int:
        """Runs a command; ``types``: what someone types at the terminal, None: there is none."""
        stdin = io.StringIO() if types is None else Terminal(types)
        self.monkeypatch.setattr("sys.stdin", stdin)
        return run(arguments)

    def apply(self) -> None:
        assert self.run("apply", self.source, "--yes") == 0

    def driver(self, vim: str = "", owner: str = "magi") -> Driver:
        target = Target(vim or self.vim, "memory", vim or self.vim, (), (), ApiBudget(), PLACE)
        return self.connections.connect(target, Access(None, owner))

    def store(self, vim: str) -> Store:
        driver = self.driver(vim)
        assert isinstance(driver, MemoryDriver)
        return driver._store

    def there(self, vim: str = "", owner: str = "magi") -> set[Key]:
        return set(self.driver(vim, owner).observe().observed)

    def services(self, vim: str = "", owner: str = "magi") -> set[str]:
        """The network services that something is there of."""
        return {key.service for key in self.there(vim, owner)}


def _vim(name: str) -> str:
    return f"\napiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {{name: {name}}}\nspec: {{type: memory}}\n"
