"""What an answer or the lack of one means. The only place that says whether it is tried again.

no answer, 401 after a new login, 5xx, garbage,
an answer beyond its bounds                        while observing: the target is unknown
wrong credentials, no such project, forbidden      while observing: the configuration is wrong
404 409 412 408 413 425 429 5xx, no answer         of a step: again
400 403 and the rest, a 409 or 413 that says "quota"    of a step: not until Git or the cloud changes
the same, unless it is for lack of quota or room   of a step: rejected; the same is not sent again soon
"""

from __future__ import annotations

import json
import re
from typing import Any

import requests
from keystoneauth1 import exceptions as ks

from reconciler.model import ConfigError, StepFailed, TargetUnknown
from reconciler.targets.openstack.requirements import extension_of
from reconciler.targets.openstack.session.answers import UnusableAnswer

_REFUSED_ATTRIBUTES = re.compile(
    r"Unrecognized attribute\(s\) '([^']+)'"
    r"|Attribute '(\w+)' not allowed in POST"
    r"|Cannot update read-only attribute (\w+)"
)
# The policy of an attribute, such as rule:create_network:provider:network_type.
_ADMINS_ATTRIBUTES = re.compile(r"rule:(?:create|update)_[a-z]+:([\w:]+)")
# The policies of flavors and their extra specs, such as os_compute_api:os-flavor-manage:create.
_MAKES_FLAVORS = "os_compute_api:os-flavor"
_AGAIN = frozenset({401, 404, 408, 409, 412, 413, 425, 429})
_WANTING = re.compile(r"quota|exceed|maximum|limit|no more|not enough|insufficient|no available|no free", re.IGNORECASE)
"""Words for lack of quota or room: Nova answers as if it were forbidden, others as if the request were wrong."""
_OF_PROXIES = frozenset({502, 504})
"""What a proxy answers that got no reply itself."""
_NO_SUCH_API = frozenset({404, 406})
_LONGEST = 300
_SEARCHED = 8192


def said(response: requests.Response) -> str:
    """The cloud's own words in an error reply, on one line of at most 300 characters."""
    try:
        body = response.json()
    except ValueError:
        # What is cut off here would not be shown, and a long text may take long to search.
        begin = response.content[:_SEARCHED].decode("utf-8", "replace")
        text = re.sub(r"<[^<>]+>", " ", begin)
    else:
        text = _message(body)
    text = " ".join(text.split()) or response.reason or "no words"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _message(body: Any) -> str:
    """Each service wraps its message differently: {"NeutronError": {"message"}}, {"badRequest": {"message"}}, text."""
    if isinstance(body, dict):
        for value in body.values():
            if isinstance(value, dict) and isinstance(value.get("message"), str):
                return str(value["message"])
        if isinstance(body.get("message"), str):
            return str(body["message"])
        if len(body) == 1 and isinstance(inner := next(iter(body.values())), str):
            return inner
    return json.dumps(body)


def step_failed(response: requests.Response, *, again: bool = False) -> StepFailed:
    """The error of a step that the cloud refused. ``again``: the next pass may succeed, whatever the status says."""
    status, words = response.status_code, said(response)
    again = again or ((status in _AGAIN or status >= 500) and not is_over_quota(response))
    if status == 412:
        words = "another actor changed it since it was observed"
    return StepFailed(
        f"{status}: {words}",
        _hint(response, words),
        terminal=not again,
        rejected=not again and not _WANTING.search(words),
        lost=status in _OF_PROXIES,
        retry_after=retry_after(response),
    )


def is_over_quota(response: requests.Response) -> bool:
    """Whether a refusal is for lack of quota, which Neutron reports by the status of a conflict."""
    return response.status_code in {409, 413} and "quota" in said(response).lower()


def refused_attributes(response: requests.Response) -> frozenset[str]:
    """The attributes that Neutron does not know, or does not accept to be written, by the words of its refusal."""
    if response.status_code != 400 or not (found := _REFUSED_ATTRIBUTES.search(said(response))):
        return frozenset()
    return frozenset(re.split(r",\s*", found[1] or found[2] or found[3]))


def _hint(response: requests.Response, words: str) -> str:
    if "quota" in words.lower():
        return "raise the quota or ask for less"
    collection = (response.url or "").partition("/v2.0/")[2].partition("/")[0]
    refused = refused_attributes(response)
    lacking = sorted({row.name for name in refused if (row := extension_of(name, collection))})
    if lacking:
        return f"the cloud lacks the Neutron extension {', '.join(lacking)}: see docs/compatibility.md"
    if response.status_code == 406:
        return "the cloud is older than that: see docs/compatibility.md for what needs which microversion"
    if response.status_code == 403 and (found := set(_ADMINS_ATTRIBUTES.findall(words))):
        whole = {name.rpartition(":")[0] for name in found}
        return (
            f"by default only an admin may set {', '.join(sorted(found - whole))}: leave it out, "
            "or ask the operator of the cloud for the right, see docs/compatibility.md"
        )
    if response.status_code == 403 and _MAKES_FLAVORS in words:
        return (
            "by default only an admin may make flavors: have one made that holds just this, "
            "or ask the operator of the cloud for the right, see docs/compatibility.md"
        )
    if response.status_code == 403 and "disallowed by policy" in words:
        return "the login may not do this: see docs/compatibility.md for what takes an admin by default"
    return ""


def retry_after(response: requests.Response) -> float | None:
    """The seconds that the cloud asks to wait, if it does so in seconds."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None


def step_without_answer(error: Exception) -> StepFailed:
    """The error of a step whose reply was lost: it may have been done, so only another observation can show it."""
    return StepFailed(f"no answer: {first_line(error)}", lost=True)


def target_unknown(target: str, what: str, error: Exception | requests.Response) -> TargetUnknown | ConfigError:
    """The error of an observation. ``what`` names what was asked for."""
    if isinstance(error, requests.Response):
        if error.status_code == 403:
            return ConfigError(
                f"VIM {target} forbids listing {what}: {said(error)}",
                "give the user of its clouds.yaml entry a role that may read this, usually 'member' or 'reader'",
            )
        return TargetUnknown(
            f"VIM {target} can't be observed: {what} answered {error.status_code}: {said(error)}",
            "`magi doctor` shows what the cloud lacks"
            if error.status_code in _NO_SUCH_API
            else "nothing is changed there until it answers again; check the service behind it",
        )
    if isinstance(error, UnusableAnswer):
        return TargetUnknown(f"VIM {target} can't be observed: {what}: {error}", error.hint)
    if isinstance(error, ks.Unauthorized | ks.NotFound | ks.AuthorizationFailure | ks.MissingRequiredOptions):
        return ConfigError(
            f"VIM {target}: login failed: {first_line(error)}",
            "check auth_url, user, password, project and domains of its entry in clouds.yaml",
        )
    if isinstance(error, ks.EndpointNotFound):
        return ConfigError(
            f"VIM {target}: {first_line(error)}",
            "check region_name and interface of its entry in clouds.yaml, and the cloud's service catalog",
        )
    if isinstance(error, ks.SSLError):
        return ConfigError(f"VIM {target}: {first_line(error)}", "check cacert and verify of its entry in clouds.yaml")
    return TargetUnknown(
        f"VIM {target} can't be reached: {first_line(error)}",
        "check that its auth_url is right and answers; nothing is changed there until it does",
    )


def first_line(error: Exception) -> str:
    """The first line of what a library says, for people."""
    text = str(error).strip() or "no reason is given"
    line = text.splitlines()[0]
    # urllib3 names the object that failed, with its address in memory.
    line = re.sub(r"<urllib3[^>]*>: ", "", line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
