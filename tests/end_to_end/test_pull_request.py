"""A pull request as a team makes it: a branch on a Git server adds a service, scales one and destroys one."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.end_to_end.conftest import Workplace

GOLDEN = Path(__file__).parent / "golden"

SERVICE = """apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {{name: {name}}}
spec:
  vim: {vim}
  virtualLinks:
    - {{name: lan, cidr: 10.{number}.0.0/24}}
  vnfs:
    - {{name: web, descriptor: web, count: {count}, connect: {{http: lan}}}}
"""


def service(name: str, number: int, count: int = 1, vim: str = "paris") -> dict[str, str]:
    return {f"services/{name}.yaml": SERVICE.format(name=name, number=number, count=count, vim=vim)}


def compare(name: str, text: str) -> None:
    """UPDATE_GOLDEN=1 writes the texts again."""
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == (file.read_text(encoding="utf-8") if file.exists() else "")


def readable(text: str) -> str:
    """Without what is another at each run: where the server listens, how fast it was."""
    text = re.sub(r"127&#46;0&#46;0&#46;1&#58;\d+|127\.0\.0\.1:\d+", "git.example", text)
    return re.sub(r"about \d+ s on paris( (\(|&#40;).*?(\)|&#41;))?", "about 1 s on paris", text)


def deployed(workplace: Workplace) -> tuple[str, ...]:
    """The branch main, as it is deployed on the clouds: the services kept, grown and gone."""
    workplace.copy_example("hello-world", "The web server")
    (workplace.work.path / "hello.yaml").unlink()
    lyon = (workplace.work.path / "vims.yaml").read_text().replace("paris", "lyon")
    workplace.work.commit(
        {"lyon.yaml": lyon, **service("kept", 1), **service("grown", 2), **service("gone", 3)}, "Three services"
    )
    clouds = ("--clouds-file", str(workplace.clouds_file))
    applied = workplace.magi("apply", workplace.url, "--yes", *clouds)
    assert applied.code == 0, applied.out + applied.err
    return clouds


def open_request(workplace: Workplace) -> None:
    """A branch with a commit for each thing, while main goes on."""
    git = workplace.work.git
    git("switch", "-q", "-c", "request")
    workplace.work.commit(service("new", 4, vim="lyon"), "Add a service")
    workplace.work.commit(service("grown", 2, count=3), "Scale a service")
    (workplace.work.path / "services/gone.yaml").unlink()
    workplace.work.commit({}, "Destroy a service")


def test_the_plan_of_a_request_says_what_its_merge_does_and_no_more(workplace: Workplace) -> None:
    clouds = deployed(workplace)
    open_request(workplace)
    workplace.simulator.reset_requests()
    output = workplace.magi("plan", workplace.url, "--revision", "request", *clouds)
    assert output.code == 0, output.err
    compare("request.txt", readable(output.out))
    comment = workplace.magi("plan", workplace.url, "--revision", "request", "-o", "markdown", *clouds)
    compare("request.md", readable(comment.out))
    assert workplace.writes() == []
    assert workplace.magi("plan", workplace.url, *clouds, "--detailed-exitcode").code == 0
    workplace.work.git("switch", "-q", "main")
    workplace.work.git("merge", "-q", "--no-ff", "-m", "Merge the request", "request")
    workplace.work.push()
    merged = workplace.magi("plan", workplace.url, "-o", "json", *clouds).json
    asked = workplace.magi("plan", workplace.url, "--revision", "request", "-o", "json", *clouds).json
    assert merged["digest"] == asked["digest"]
    done = workplace.magi("apply", workplace.url, "--yes", *clouds)
    assert done.code == 0, done.out + done.err
    assert workplace.magi("plan", workplace.url, *clouds, "--detailed-exitcode").code == 0
