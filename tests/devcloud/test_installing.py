"""What devcloud installs: exact pins, and of Debian only what is missing."""

import re
from pathlib import Path

import pytest

from devcloud.debian import needed_packages
from devcloud.install import EXTRA_PINS, EXTRA_REQUIREMENTS, PINS, REQUIREMENTS, exact_pins
from devcloud.progress import Failure

PLANNED = """\
Reading package lists...
Inst libxdp1 (1.3.1-1 Debian:12.15/oldstable [amd64])
Inst libllvm14 (1:14.0.6-12 Debian:12.15/oldstable [amd64])
Inst libc6 [2.36-9] (2.36-10 Debian:12.15/oldstable [amd64])
Inst libssl3 [3.0.1] (3.0.2 Debian:12.15/oldstable [amd64])
Inst python3-netifaces (0.11.0-2+b1 Debian:12.15/oldstable [amd64])
Inst postgresql-common (248 Debian:12.15/oldstable [all])
Inst postgresql-client-15 (15.20-0 Debian:12.15/oldstable [amd64])
Inst postgresql-15 (15.20-0 Debian:12.15/oldstable [amd64])
Inst ovn-central (23.03.1-1 Debian:12.15/oldstable [amd64])
Conf libxdp1 (1.3.1-1 Debian:12.15/oldstable [amd64])
"""


@pytest.mark.parametrize("path", [PINS, EXTRA_PINS], ids=lambda path: path.name)
def test_pins_say_when_and_how_they_are_renewed(path: Path) -> None:
    header = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert re.search(r"renewed \d{4}-\d{2}-\d{2} with Python 3\.\d+", header[0])
    assert "python -m devcloud renew-pins" in header[1]


@pytest.mark.parametrize(
    ("path", "requirements"), [(PINS, REQUIREMENTS), (EXTRA_PINS, EXTRA_REQUIREMENTS)], ids=["base", "extra"]
)
def test_every_requirement_is_pinned_exactly_once(path: Path, requirements: tuple[str, ...]) -> None:
    names = [pin.partition("==")[0] for pin in exact_pins(path)]
    assert len(names) == len(set(names))
    assert set(requirements) <= set(names)


def test_extra_pins_leave_the_base_as_it_is() -> None:
    assert not {pin.partition("==")[0] for pin in exact_pins(PINS)} & {
        pin.partition("==")[0] for pin in exact_pins(EXTRA_PINS)
    }


def test_a_pin_that_is_not_exact_is_refused(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("# a header\nnova==34.0.0\nneutron>=29\n")
    with pytest.raises(Failure, match="neutron>=29"):
        exact_pins(pins)


def test_of_debian_only_programs_and_missing_libraries_are_unpacked() -> None:
    assert needed_packages(PLANNED, ["ovn-central", "postgresql"]) == [
        "libxdp1",
        "postgresql-client-15",
        "postgresql-15",
        "ovn-central",
    ]
