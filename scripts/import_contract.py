"""A contract of import-linter's that says what may be imported. Its own say what may not, and forget what is new."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application.contract_utils import AlertLevel, remove_ignored_imports_and_report


class OnlyContract(Contract):
    """``modules`` import nothing but each other and what is ``allowed``, libraries as well."""

    type_name = "only"

    modules = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField())
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  import-linter calls it so
        """Direct imports suffice: what a module imports is judged here itself, or was allowed."""
        modules: Any = self.modules
        allowed: Any = self.allowed
        ignored: Any = self.ignore_imports
        removal = remove_ignored_imports_and_report(graph, ignored, AlertLevel.ERROR)
        if unknown := set(modules) - graph.modules:
            raise ValueError(f"no such modules: {', '.join(sorted(unknown))}")
        judged = sorted(module for module in graph.modules if _within(module, modules))
        refused = [
            f"{module} imports {imported}"
            for module in judged
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if not _within(imported, [*modules, *allowed])
        ]
        return ContractCheck(
            kept=not refused,
            warnings=list(removal.warnings),
            ignored_import_count=removal.ignored_import_count,
            metadata={"refused": refused},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """A line for each import that is not allowed."""
        for line in check.metadata["refused"]:
            output.print_error(f"{line}, which the contract does not allow")


def _within(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
