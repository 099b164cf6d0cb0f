"""The policy of the services for the role that may do what Magi asks for and no more, made once a home."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

from .install import pins_digest
from .places import LEAST_ROLE, PACKAGE, POLICIES, Home
from .progress import Progress, run
from .services import Service
from .services.service import INSIDE

CHECKOUT = PACKAGE.parent
_OPENSTACK = CHECKOUT / "reconciler/targets/openstack"
MADE_FROM = sorted(
    [*(_OPENSTACK / "doctor" / name for name in ("rights.py", "least_role.py")), *_OPENSTACK.glob("kinds/*.py")]
)


def prepare(home: Home, services: tuple[Service, ...], progress: Progress) -> None:
    """Write what is missing; other pins or other rights make others. A service that runs notices. Raises Failure."""
    first_line = f"# {_digest()}\n"
    missing = [
        service.name
        for service in services
        if service.name in POLICIES and not _begins_with(home, service.name, first_line)
    ]
    if missing:
        with (
            progress.work(f"Policies of {', '.join(missing)} for the role {LEAST_ROLE}"),
            ThreadPoolExecutor(2) as pool,
        ):
            list(pool.map(lambda name: _make(home, name, first_line), missing))


def _make(home: Home, service: str, first_line: str) -> None:
    file = home.policy(service)
    file.parent.mkdir(parents=True, exist_ok=True)
    defaults, draft = file.with_suffix(".defaults"), file.with_suffix(".draft")
    generator = home.venv / "bin/oslopolicy-policy-generator"
    run([generator, "--namespace", service, "--output-file", defaults], env=_environment())
    text = run([home.python, INSIDE / "policy.py", service, defaults, LEAST_ROLE], env=_environment())
    draft.write_text(first_line + text)
    draft.replace(file)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "PYTHON", "XDG_"))}
    return {**kept, "PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "ignore"}


def _begins_with(home: Home, service: str, line: str) -> bool:
    file = home.policy(service)
    return file.exists() and file.read_text().startswith(line)


def _digest() -> str:
    whole = b"".join(file.read_bytes() for file in MADE_FROM)
    return f"{pins_digest()} {hashlib.sha256(whole).hexdigest()[:8]}"
