"""ref20 by Ansible: a playbook with the collection openstack.cloud, and processes of `ansible-playbook`."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from benchmarks.on_openstack.tools import SERVERS, Damage

PLAYBOOK = Path(__file__).with_name("playbook.yaml")


class Ansible:
    """``program``: ansible-playbook."""

    name = "Ansible"

    def __init__(self, program: Path, clouds_file: Path, entry: str) -> None:
        self._program, self._clouds_file, self._entry = program, clouds_file, entry
        self._before: dict[str, object] = {}
        self._most = SERVERS

    def bring_about(self, servers: int, *, other_rule: bool = False) -> float:
        """What is not to be any more is named as absent: Ansible removes nothing else."""
        port = 8080 if other_rule else 80
        self._before = {"count": servers, "most": max(self._most, servers), "opened": port, "closed": 8160 - port}
        self._most = max(self._most, servers)
        return self._run()

    def find_nothing_to_do(self) -> float:
        return self._run()

    def damage(self) -> Damage:
        return Damage("ref20-vm-3", "ref20-vm-5-eth1", "ref20-ref")

    def remove(self) -> float:
        self._before |= {"count": 0, "all": "absent"}
        return self._run()

    def _run(self) -> float:
        python = {"ansible_python_interpreter": str(self._program.with_name("python"))}
        variables = json.dumps({"cloud": self._entry, "all": "present"} | python | self._before)
        start = time.perf_counter()
        done = subprocess.run(
            [self._program, "-i", "localhost,", "-c", "local", "-e", variables, PLAYBOOK],
            env=os.environ | {"OS_CLIENT_CONFIG_FILE": str(self._clouds_file), "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - start
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return seconds
