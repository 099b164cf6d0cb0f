"""Debian's Prometheus and Alertmanager on loopback, and a webhook that takes down what they send."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from tests.processes import serving
from tests.waiting import PATIENCE

PROGRAMS = ("prometheus", "prometheus-alertmanager")
MISSING = [program for program in PROGRAMS if not shutil.which(program)]
LISTENS = r'msg="Listening on" address=(\S+)'
IS_READY = rf"(?s){LISTENS}.*Server is ready to receive web requests"


@dataclass
class Webhook:
    """A receiver of alerts, as chats and pagers are."""

    url: str
    deliveries: list[Any] = field(default_factory=list)

    def heard(self, name: str, status: str) -> list[dict[str, str]]:
        """The labels of each alert of a name that came as `firing` or `resolved`."""
        alerts = [alert for delivery in list(self.deliveries) for alert in delivery["alerts"]]
        return [
            alert["labels"] for alert in alerts if (alert["labels"]["alertname"], alert["status"]) == (name, status)
        ]


@contextmanager
def webhook() -> Iterator[Webhook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.deliveries.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        receiver = Webhook(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            http.shutdown()
            thread.join()


@dataclass(frozen=True)
class Prometheus:
    url: str

    def query(self, expression: str) -> list[Any]:
        """The result of an instant query; fails the test on an error."""
        parameters = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{parameters}", timeout=PATIENCE) as answer:
            found = json.load(answer)
        assert found["status"] == "success", found
        return list(found["data"]["result"])


@contextmanager
def monitoring(folder: Path, rules: Path, scraped: str, receiver: Webhook) -> Iterator[Prometheus]:
    """A Prometheus that scrapes one address each second, and an Alertmanager behind it that shows the receiver."""
    with ExitStack() as ending:

        def start(program: str, listens: str, configuration: Any, *options: str) -> str:
            file = folder / f"{program}.yml"
            file.write_text(yaml.safe_dump(configuration))
            process = subprocess.Popen(
                [program, f"--config.file={file}", "--web.listen-address=127.0.0.1:0", *options],
                cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            return ending.enter_context(serving(process, listens)).url

        alertmanager = start(
            "prometheus-alertmanager",
            LISTENS,
            {
                "route": {
                    "receiver": "webhook",
                    "group_by": ["..."],
                    "group_wait": "0s",
                    "group_interval": "1s",
                    "repeat_interval": "1h",
                },
                "receivers": [{"name": "webhook", "webhook_configs": [{"url": receiver.url, "send_resolved": True}]}],
            },
            f"--storage.path={folder}/alertmanager",
            "--cluster.listen-address=",
        )
        prometheus = start(
            "prometheus",
            IS_READY,
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(rules)],
                "alerting": {
                    "alertmanagers": [{"static_configs": [{"targets": [alertmanager.removeprefix("http://")]}]}]
                },
                "scrape_configs": [
                    {"job_name": "magi", "static_configs": [{"targets": [scraped.removeprefix("http://")]}]}
                ],
            },
            f"--storage.tsdb.path={folder}/prometheus",
            # An alert that is not sent again for four times as long counts as resolved.
            "--rules.alert.resend-delay=15s",
        )
        yield Prometheus(prometheus)
