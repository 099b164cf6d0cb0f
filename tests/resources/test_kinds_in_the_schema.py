"""What a Policy may protect is what there is."""

from __future__ import annotations

from reconciler.documents.reading.schema_files import schema_of
from reconciler.targets.registry import TARGET_TYPES


def test_every_kind_of_resource_can_be_protected() -> None:
    protection = schema_of("Policy")["$defs"]["protection"]["properties"]["kinds"]
    assert protection["items"]["enum"] == sorted(TARGET_TYPES.kinds)
