"""What a service leaves to choices, made plain: its document as if everything were written out.

What comes behind this looks at `counts` alone, not at flavours, levels and scales. Places stay those of what is
written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.flavours import check_choice, counts_of
from reconciler.documents.subject import Subject
from reconciler.documents.yaml_marks import Document, Path

_CHOICES = ("flavour", "level", "scale")


def write_out(subject: Subject, descriptors: Mapping[str, Document]) -> None:
    """Makes all choices in the subject's document. One that can't be made is noted, and left out."""
    found = [(path, vnf, _sized(subject, path, vnf, descriptors)) for path, vnf in subject.items("vnfs")]
    if any(plain is not vnf for _, vnf, plain in found):
        document = subject.document
        items = [(plain, document.entry(("spec", *path))) for path, _, plain in found]
        subject.document = document.with_items("spec", "vnfs", items)


def _sized(subject: Subject, path: Path, vnf: Any, descriptors: Mapping[str, Document]) -> Any:
    """A VNF with the counts that its flavour, level and scale mean."""
    descriptor = descriptors.get(vnf["descriptor"])
    if descriptor is None:
        return vnf
    spec = descriptor.data["spec"]
    if check_choice(subject, path, vnf, spec):
        return {**vnf, "counts": counts_of(spec, vnf)} if "deploymentFlavours" in spec else vnf
    return {field: value for field, value in vnf.items() if field not in _CHOICES}
