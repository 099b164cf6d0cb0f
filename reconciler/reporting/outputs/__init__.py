"""The outputs of network services: collected from an observation, and in the forms that other tools read. Pure."""

from reconciler.reporting.outputs.collecting import kept, outputs_of
from reconciler.reporting.outputs.forms import (
    DEFAULT_PORT,
    Placed,
    ansible_inventory,
    placed_json,
    prometheus_targets,
)

__all__ = [
    "DEFAULT_PORT",
    "Placed",
    "ansible_inventory",
    "kept",
    "outputs_of",
    "placed_json",
    "prometheus_targets",
]
