"""What a plan shows of a change is what the request sends, for every field of every kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Action, Desired, FieldChange, Key, Observed, Step
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.rest import Request, requests_of
from tests.conformance.samples import PLACE, PROJECT, SAMPLES

KIND_OF = {kind.name: kind for kind in KINDS}
FIELDS = [
    pytest.param(name, field, id=f"{name}-{field}")
    for name, sample in SAMPLES.items()
    for field in sample.changes
    if field not in KIND_OF[name].spec.immutable
]


class Ids(dict[Key, str]):
    """Every Key has an id."""

    def __missing__(self, key: Key) -> str:
        return f"id of {key}"


def requests(name: str, field: str, spec: Any) -> list[Request]:
    """Those of a step that shows the change of the sample, when what is declared is ``spec``."""
    sample = SAMPLES[name]
    before, after = sample.change(field)
    change = FieldChange(field, getattr(before, field), getattr(after, field))
    observed = Observed(sample.key, before, "id-1", name=sample.key.name)
    step = Step(Action.UPDATE, sample.key, Desired(sample.key, spec, PLACE), observed, (change,))
    return [*requests_of(KIND_OF[name], step, Ids(), "test", PROJECT)]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_request_says_what_the_change_says(name: str, field: str) -> None:
    """Whatever the desired Spec left to the cloud, and was settled from what exists."""
    before, after = SAMPLES[name].change(field)
    sent = requests(name, field, after)
    assert sent
    assert requests(name, field, replace(after, **{field: getattr(before, field)})) == sent
