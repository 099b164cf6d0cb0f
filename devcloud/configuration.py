"""The configuration files of a cloud's services, and the environment that the services run in."""

import shutil

from . import debian
from .places import Cloud
from .services import Service
from .services.ini import render
from .services.service import INSIDE

FOLDERS = ("images", "staging", "tasks", "locks", "tmp", "nova/instances", "neutron", "cinder")


def write(cloud: Cloud, service: Service) -> None:
    """Write what the service reads, again at each start."""
    folder = cloud.etc / service.name
    folder.mkdir(parents=True, exist_ok=True)
    for copied in service.copied:
        source, target = cloud.home.venv / "etc" / copied, cloud.etc / copied
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    for name, sections in service.config(cloud).items():
        (folder / name).write_text(render(sections))
    for name in FOLDERS:
        (cloud.data / name).mkdir(parents=True, exist_ok=True)


def environment(cloud: Cloud, service: Service) -> dict[str, str]:
    """Nothing of the user's own clouds and proxies, no folder but the cloud's, and OVN's programs for Neutron."""
    kept = {
        name: value
        for name, value in debian.environment(cloud.home).items()
        if not name.startswith(("OS_", "PYTHON", "XDG_")) and "proxy" not in name.lower()
    }
    config = str(cloud.etc / service.name)
    return {
        **kept,
        **{name: value.replace("{config}", config) for name, value in service.environment.items()},
        "HOME": str(cloud.data / "tmp"),
        "TMPDIR": str(cloud.data / "tmp"),
        "PYTHONPATH": str(INSIDE),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        # Fewer heaps for the many threads, which saves a tenth of the memory.
        "MALLOC_ARENA_MAX": "2",
        # Neutron's way to learn how many processes serve its API; without it OVN's events are lost.
        "ASGI_WORKERS": "1",
        "DEVCLOUD_REQUESTS_LOG": str(cloud.requests_log),
    }
