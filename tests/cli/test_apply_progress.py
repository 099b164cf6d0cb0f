"""How an apply goes on: what takes long is named, with for how long it does."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from rich.progress import MofNCompleteColumn

from reconciler.cli.output import _Console, console
from reconciler.cli.progress import Lines, Work, _Bars, _Live, applying, still_lines
from reconciler.model import Action, Desired, Key, Outcome, Plan, Report, Result, State, Step
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.worlds import PLACE

Capture = pytest.CaptureFixture[str]
FLAVOR, IMAGE = Key("paris", "flavor", "m1.small"), Key("paris", "image", "debian-12")
SERVER = Key("paris", "server", "vcpe/fw/fw0")


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Scene:
    """Work on one VIM, and the lines of it."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.work = Work(self.clock)
        self.lines = Lines(console(), self.work)

    def after(self, seconds: float) -> None:
        self.clock.now += seconds
        self.lines.tick()


@pytest.fixture
def scene() -> Scene:
    return Scene()


def create(key: Key = SERVER) -> Step:
    return Step(Action.CREATE, key, Desired(key, ServerSpec(FLAVOR, IMAGE), PLACE))


def report(*outcomes: Outcome, **states: State) -> Report:
    there = {Key("paris", "server", f"vcpe/fw/{name}"): state for name, state in states.items()}
    return Report("paris", "", 0.0, 0.0, (), Plan("paris", {}, {}), outcomes, states=there)


def longest(scene: Scene) -> list[str]:
    return list(still_lines(scene.work.longest(5)))


def test_a_call_that_takes_long_is_named_each_half_a_minute(scene: Scene, capsys: Capture) -> None:
    scene.lines.started("paris", create())
    scene.after(29)
    assert capsys.readouterr().out == ""
    scene.after(1)
    scene.after(0.5)
    assert capsys.readouterr().out == "paris: still building server vcpe/fw/fw0 (30 s)\n"
    scene.after(29)
    assert capsys.readouterr().out == ""
    scene.after(1)
    assert capsys.readouterr().out == "paris: still building server vcpe/fw/fw0 (60 s)\n"
    scene.lines.stepped("paris", Outcome(create(), Result.FAILED, "500: no"))
    scene.after(90)
    assert capsys.readouterr().out == "paris: could not create server vcpe/fw/fw0: 500: no\n"


def test_what_is_built_after_the_call_counts_from_the_call_on(scene: Scene) -> None:
    done = Outcome(create(), Result.DONE)
    scene.work.started(create())
    scene.clock.now += 4
    scene.work.stepped("paris", done)
    scene.work.reported(report(done))
    scene.clock.now += 4
    assert longest(scene) == ["paris: still building server vcpe/fw/fw0 (8 s)"]
    scene.work.reported(report(fw0=State.BUILDING))
    scene.clock.now += 4
    assert len(longest(scene)) == 1
    scene.work.reported(report(fw0=State.READY))
    assert longest(scene) == []


def test_what_builds_already_at_the_begin_counts_from_the_first_observation_on(scene: Scene) -> None:
    scene.work.reported(report(a=State.BUILDING, b=State.DELETING, c=State.READY))
    scene.clock.now += 6
    assert longest(scene) == [
        "paris: still building server vcpe/fw/a (6 s)",
        "paris: still deleting server vcpe/fw/b (6 s)",
    ]


def test_of_many_a_few_are_named_and_the_others_counted(scene: Scene, capsys: Capture) -> None:
    for number in range(20):
        scene.work.started(create(Key("paris", "server", f"vcpe/fw/fw-{number:02}")))
        scene.clock.now += 0.01
    scene.after(30)
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (
        6,
        "paris: still building server vcpe/fw/fw-00 (30 s)",
        "and 15 more that take longer",
    )


def test_an_update_and_a_delete_have_their_own_words(scene: Scene) -> None:
    scene.work.started(Step(Action.UPDATE, Key("paris", "network", "vcpe/lan")))
    scene.work.started(Step(Action.DELETE, SERVER))
    scene.clock.now += 5
    assert longest(scene) == [
        "paris: still updating network vcpe/lan (5 s)",
        "paris: still deleting server vcpe/fw/fw0 (5 s)",
    ]
    scene.work.stepped("paris", Outcome(Step(Action.DELETE, SERVER), Result.PENDING))
    assert len(longest(scene)) == 2


def test_what_a_cloud_calls_things_does_nothing_to_the_terminal(scene: Scene) -> None:
    scene.work.started(create(Key("paris", "server", "a\x1b[2J")))
    scene.clock.now += 5
    assert "\x1b" not in longest(scene)[0]


def test_a_terminal_shows_n_of_m_and_below_it_what_takes_long() -> None:
    clock = Clock()
    work = Work(clock)
    out = _Console(force_terminal=True, width=100, no_color=True)
    with out.capture() as captured, _Live(MofNCompleteColumn(), console=out, work=work, auto_refresh=False) as live:
        bars = _Bars(live, work)
        first, second = create(), create(Key("paris", "server", "vcpe/fw/fw-1"))
        bars.planned(Plan("paris", {one.id: one for one in (first, second)}, {}))
        for one in (first, second):
            bars.started("paris", one)
        bars.stepped("paris", Outcome(first, Result.DONE))
        clock.now += 30
        live.refresh()
        bars.reported(report(Outcome(first, Result.DONE)))
    assert "1/2" in captured.get()
    assert "still building server vcpe/fw/fw-1 (30 s)" in captured.get()


def test_piped_there_is_a_line_for_each_step(capsys: Capture) -> None:
    with applying(console()) as shown:
        shown.planned(Plan("paris", {}, {}))
        shown.started("paris", create())
        shown.stepped("paris", Outcome(create(), Result.DONE))
        shown.reported(report())
    assert capsys.readouterr().out == "paris: created server vcpe/fw/fw0\n"
