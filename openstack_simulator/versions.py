"""How Nova and Cinder write a microversion."""

import re

from openstack_simulator.errors import compute_error


def parse(text: str) -> tuple[int, int]:
    """Major and minor. Raises the 400 that both services answer to anything else."""
    if not re.fullmatch(r"\d+\.\d+", text):
        message = f"API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum."
        raise compute_error(400, message)
    major, _, minor = text.partition(".")
    return int(major), int(minor)
