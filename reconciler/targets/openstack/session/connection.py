"""A session with one cloud: login by clouds.yaml, the request budget, and one record for each API request."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from statistics import median
from typing import Any

import requests
from keystoneauth1 import exceptions as ks

from reconciler.model import ApiCall, ConfigError, Target
from reconciler.outside.rotation import stamp_of
from reconciler.targets.openstack.services import SERVICES
from reconciler.targets.openstack.session.answers import BoundedAdapter, Bounds, UnusableAnswer, patience
from reconciler.targets.openstack.session.budget import RateLimit
from reconciler.targets.openstack.session.clouds import Clouds

_UPLOAD_PATIENCE = 10
"""How many times as long as for another answer is waited for that to an upload."""

_LATENCIES = 100
"""The answers of which it is remembered how long they took."""

_service: ContextVar[str] = ContextVar("service", default="identity")

_waited: ContextVar[float] = ContextVar("waited", default=0.0)
"""How long the API budget delayed the request that is sent next, in seconds."""


class _RecordingAdapter(BoundedAdapter):
    """The transport of a session: every request passes here once, also logins and what the session sends again."""

    def __init__(self, target: str, record: Callable[[ApiCall], None], bounds: Bounds, **kwargs: Any) -> None:
        self._target = target
        self._record = record
        super().__init__(bounds, **kwargs)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        service = "identity" if (request.url or "").endswith("/auth/tokens") else _service.get()
        # A login or a redirect is sent within the same request: the wait is reported once.
        waited = _waited.get()
        _waited.set(0.0)
        start, status = time.monotonic(), 0
        try:
            response: requests.Response = super().send(request, *args, **kwargs)
            status = response.status_code
            return response
        finally:
            seconds = time.monotonic() - start
            url = request.url or ""
            self._record(ApiCall(self._target, service, request.method or "", status, seconds, waited, url))


class Connection:
    """One cloud. Used by many threads; requests are sent as they are, and answers come back whatever their status."""

    def __init__(self, target: Target, clouds: Clouds, record: Callable[[ApiCall], None]) -> None:
        """Reads clouds.yaml but sends nothing yet. Raises ConfigError."""
        self.target = target
        # Before they are read: what changes in between is found by the next observation.
        stamp = stamp_of(clouds.files)
        region = clouds.region(target)
        self._config = region
        self._files, self._stamp = clouds.files, stamp
        # Of openstacksdk the login alone: its Connection has a proxy for each service there is, of which none is used.
        self._session = region.get_session()
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)

        def note(call: ApiCall) -> None:
            if call.status:
                self._latencies.append(call.seconds)
            record(call)

        bounds = Bounds(target.budget.max_answer_bytes, target.budget.total_timeout, target.budget.max_depth)
        adapter = _RecordingAdapter(target.name, note, bounds, pool_maxsize=target.budget.concurrency + 1)
        for scheme in ("http://", "https://"):
            self._session.session.mount(scheme, adapter)
        self._limit = RateLimit(target.budget.requests_per_second, time.monotonic, time.sleep)
        self._bases: dict[str, str] = {}
        self._logs_in_by_https = str(region.config["auth"].get("auth_url", "")).startswith("https://")

    def request(
        self,
        method: str,
        service: str,
        path: str,
        *,
        params: Any = None,
        body: Any = None,
        revision_number: int | None = None,
        media: str = "",
        upload: Iterable[bytes] | None = None,
        microversion: str = "",
    ) -> requests.Response:
        """One API request; ``path`` begins behind the service's version.

        ``media`` is the type of a ``body`` that is not plain JSON; ``upload`` is sent piece by piece instead of one.
        ``microversion`` is a newer one than the service is asked in otherwise.

        Raises what keystoneauth raises when there is no answer or no login, and UnusableAnswer for an answer beyond
        its bounds; every HTTP status is an answer.
        """
        headers = {"Accept": "application/json"}
        if revision_number is not None:
            headers["If-Match"] = f"revision_number={revision_number}"
        url = self.endpoint(service) + SERVICES[service].under_version(path)
        version = microversion or SERVICES[service].microversion or None
        if media:
            headers["Content-Type"] = media
        if upload is not None:
            headers["Content-Type"] = "application/octet-stream"
            # What the cloud does with all of it may take long before it answers.
            seconds = self.target.budget.timeout * _UPLOAD_PATIENCE
            with patience(seconds):
                return self._send(service, method, url, data=upload, headers=headers, timeout=seconds)
        return self._send(service, method, url, params=params, json=body, headers=headers, microversion=version)

    def answers_in(self) -> float | None:
        """How long this cloud took to answer lately, in seconds: the median; None before the first answer."""
        return median(self._latencies) if self._latencies else None

    def version_document(self, service: str) -> requests.Response:
        """What a service says of the version that is used, whatever its microversions. Raises as `request`."""
        endpoint, version = self.endpoint(service), SERVICES[service].version
        return self._send(service, "GET", endpoint[: endpoint.rindex(version)] + version + "/")

    def login(self) -> Any:
        """What the login reports of itself, as keystoneauth's AccessInfo. Raises what keystoneauth raises."""
        auth: Any = self._session.auth
        return auth.get_access(self._session)

    @property
    def by_credential(self) -> bool:
        """Whether the entry of clouds.yaml logs in by an application credential."""
        return "applicationcredential" in str(self._config.config.get("auth_type"))

    def project_id(self) -> str | None:
        """The project that the credentials are for, if they are for one. Logs in where that has not been done."""
        found = self._session.get_project_id()
        return None if found is None else str(found)

    def is_stale(self) -> bool:
        """Whether clouds.yaml, or what is read along with it, is another one than it was."""
        return stamp_of(self._files) != self._stamp

    def close(self) -> None:
        """Ends the session and its connections."""
        # keystoneauth leaves them open: garbage collection alone would end them, some time.
        self._session.session.close()

    def endpoint(self, service: str) -> str:
        """The service's URL with its version: from clouds.yaml or the catalog, without asking for versions.

        Raises ConfigError, or what keystoneauth raises; UnusableAnswer for one of the catalog that is no safe place for
        the token.
        """
        if service not in self._bases:
            url = (self._config.get_endpoint(service) or self._in_catalog(service)).rstrip("/")
            version = SERVICES[service].version
            self._bases[service] = url if _is_versioned(url, version) else url + version
        return self._bases[service]

    def _in_catalog(self, service: str) -> str:
        found = self._session.get_endpoint(
            service_type=service,
            interface=self._config.get_interface(service),
            region_name=self._config.get_region_name(service),
            skip_discovery=True,
        )
        if found is None:
            region = self._config.get_region_name(service) or "any"
            raise ConfigError(
                f"VIM {self.target.name}: the catalog has no {service} service in region {region}",
                "check region_name and interface of its entry in clouds.yaml",
            )
        url = str(found)
        if self._logs_in_by_https and not url.startswith("https://"):
            raise UnusableAnswer(
                f"the catalog says {url}, and the login is by https: the token is not sent there in the clear",
                "have the catalog corrected; or set "
                f"{service.replace('-', '_')}_endpoint_override in its entry of clouds.yaml, where it is meant",
            )
        return url

    def offers(self, service: str) -> bool:
        """Whether clouds.yaml or the catalog has the service. Raises what keystoneauth raises of a login."""
        try:
            self.endpoint(service)
        except UnusableAnswer:
            return True
        except (ConfigError, ks.EndpointNotFound):
            return False
        return True

    def _send(self, service: str, method: str, url: str, **options: Any) -> requests.Response:
        _waited.set(self._limit.wait())
        token = _service.set(service)
        try:
            response: requests.Response = self._session.request(
                url,
                method,
                raise_exc=False,
                connect_retries=0,
                endpoint_filter={"service_type": service},
                authenticated=True,
                redirect=3,
                **options,
            )
        finally:
            _service.reset(token)
        return response


def _is_versioned(url: str, version: str) -> bool:
    """Whether a catalog URL already leads below the version: .../v2.1, .../v2.1/PROJECT."""
    return f"{version}/" in f"{url}/"
