"""What happens from pass to pass: what a year brings, in turns, each with names of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from soak.documents import network_service, vim
from soak.rig import Rig

SHORTEST = 50
"""Passes after which everything can have happened once. What is measured at whole turns can be compared."""

_READ_EVERY = 5
_READS = (
    "/metrics",
    "/readyz",
    "/api/v1/status",
    "/api/v1/events",
    "/api/v1/passes",
    "/api/v1/commits",
    "/api/v1/plan",
    "/api/v1/drift",
)
_FINE = 200


class Year:
    """``step`` is one pass, and what happens before it. ``turn``: passes of a turn, a multiple of `SHORTEST`."""

    def __init__(self, rig: Rig, turn: int = SHORTEST) -> None:
        self._rig = rig
        self._turn = turn
        self._steps = 0
        self._happenings: Mapping[int, Callable[[int], None]] = {
            0: self._newcomer,
            3: self._scale_out,
            6: self._change_out_of_band,
            9: self._scale_in,
            12: self._wrong_commit,
            14: self._repaired,
            16: self._forbidden,
            18: self._garbage,
            19: self._calm,
            20: self._lost_connections,
            21: self._calm,
            22: self._refused_login,
            24: self._out_of_reach,
            27: self._calm,
            28: self._failing_steps,
            31: self._calm,
            33: self._odd_one_goes,
            34: self._degraded_server,
            38: self._held_step,
            40: self._approval,
            42: self._renamed_vim,
            44: self._another_repository,
            46: self._repository_left,
            47: self._git_away,
            48: self._git_back,
        }

    def step(self) -> None:
        turn, passed = divmod(self._steps, self._turn)
        at, between = divmod(passed, self._turn // SHORTEST)
        if not between and (happening := self._happenings.get(at)):
            happening(turn)
        self._rig.next_pass()
        if self._steps % _READ_EVERY == _READ_EVERY - 1:
            self._read()
        self._steps += 1

    def _read(self) -> None:
        for path in _READS:
            self._rig.ask(path)

    def _newcomer(self, turn: int) -> None:
        self._rig.forge.refuses = turn % 2 == 1
        self._rig.clouds.forget_requests()
        old = {f"edge-{turn - 1}.yaml": None} if turn else {}
        self._rig.push(
            {**old, f"edge-{turn}.yaml": network_service(f"edge-{turn}", "paris", f"10.9.{turn % 250}.0/24", 1)}
        )

    def _scale_out(self, _turn: int) -> None:
        self._rig.push({"core.yaml": network_service("core", "paris", "10.1.0.0/24", 3)})

    def _scale_in(self, _turn: int) -> None:
        self._rig.push({"core.yaml": network_service("core", "paris", "10.1.0.0/24", 1)})

    def _change_out_of_band(self, _turn: int) -> None:
        paris = self._rig.clouds.out_of_band("paris")
        for network in paris.networks():
            paris.change_mtu(network["id"], 1300)

    def _wrong_commit(self, turn: int) -> None:
        self._rig.push({"wrong.yaml": network_service(f"wrong-{turn}", "nowhere", "no address")})

    def _repaired(self, _turn: int) -> None:
        self._rig.push({"wrong.yaml": None})

    def _forbidden(self, _turn: int) -> None:
        self._rig.clouds.faults({"service": "network", "method": "GET", "status": 403})

    def _garbage(self, _turn: int) -> None:
        self._rig.clouds.faults({"service": "compute", "method": "GET", "garbage": True})

    def _lost_connections(self, _turn: int) -> None:
        self._rig.clouds.faults({"service": "network", "method": "GET", "drop": "before"})

    def _refused_login(self, _turn: int) -> None:
        self._rig.clouds.faults({"service": "identity", "method": "POST", "status": 401})
        self._rig.log_in_again()

    def _out_of_reach(self, _turn: int) -> None:
        self._rig.clouds.faults({"cloud": "lyon", "status": 503})

    def _calm(self, _turn: int) -> None:
        self._rig.clouds.faults()

    def _failing_steps(self, turn: int) -> None:
        self._rig.clouds.faults({"service": "network", "method": "POST", "status": 409})
        self._rig.push({"odd.yaml": network_service(f"odd-{turn}", "paris", "10.8.0.0/24")})

    def _odd_one_goes(self, _turn: int) -> None:
        self._rig.push({"odd.yaml": None})

    def _degraded_server(self, _turn: int) -> None:
        paris = self._rig.clouds.out_of_band("paris")
        for server in paris.servers()[:1]:
            paris.break_server(server["id"])

    def _held_step(self, turn: int) -> None:
        self._rig.push({"blocked.yaml": network_service("blocked", "paris", f"10.2.{(turn + 1) % 250}.0/24")})

    def _approval(self, turn: int) -> None:
        trailers = "\n".join(f"Magi-Approve: {digest}" for digest in self._rig.blocked("blocked"))
        assert trailers, "nothing is blocked that could be approved"
        self._rig.push({"notes.txt": f"approved {turn}\n"}, f"Approve\n\n{trailers}")

    def _renamed_vim(self, turn: int) -> None:
        site = f"site-{turn + 1}"
        self._rig.push(
            {"site.yaml": vim(site, "lyon"), "branch.yaml": network_service("branch", site, "10.3.0.0/24", 1)}
        )

    def _another_repository(self, turn: int) -> None:
        self._rig.follow_another(f"side-{turn}")

    def _repository_left(self, _turn: int) -> None:
        self._rig.log_in_again()

    def _git_away(self, _turn: int) -> None:
        self._git.rename(self._git.with_name("away"))
        self._rig.ring(fails=True)

    def _git_back(self, turn: int) -> None:
        self._git.with_name("away").rename(self._git)
        self._rig.ring()
        assert self._rig.deliver(f"forged {turn}".encode(), secret="another") != _FINE  # noqa: S106  a wrong one

    @property
    def _git(self) -> Path:
        return self._rig.repository / ".git"
