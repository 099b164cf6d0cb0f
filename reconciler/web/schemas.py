"""The JSON Schemas of the API's answers, as the components of its OpenAPI document. `shapes.py` makes what they say."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from reconciler.documents.reading.schema_files import PLAN_SCHEMA, schema_folder
from reconciler.model import Action, Health, Phase, Result, State, Sync
from reconciler.reporting.chronicle import CONDITION_TYPES, CommitOutcome, CommitState, ConditionStatus
from reconciler.reporting.events import Severity
from reconciler.reporting.journal import MOST_SERVICES
from reconciler.reporting.metrics import PASS_RESULTS
from reconciler.web.shapes import MOST_REFUSED

Schema = dict[str, Any]

_REFS = "#/components/schemas/"


def ref(name: str) -> Schema:
    return {"$ref": f"{_REFS}{name}"}


def _record(description: str, /, **properties: Schema) -> Schema:
    """An object that has all of these, and in later versions perhaps more."""
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": [*properties],
    }


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def _one_of(description: str, words: Any) -> Schema:
    return {"type": "string", "enum": [str(word) for word in words], "description": description}


def _time(description: str) -> Schema:
    return {"type": "string", "format": "date-time", "description": description}


def _time_or_never(description: str) -> Schema:
    return {"type": ["string", "null"], "format": "date-time", "description": description}


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _counts(description: str, words: Any) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"enum": [str(word) for word in words]},
        "additionalProperties": {"type": "integer", "minimum": 1},
        "description": description,
    }


def _paged(name: str, of: str) -> Schema:
    """A page of a list."""
    return _record(
        f"A page of {name}.", total=_count("How many there are in all."), **{name: _list(ref(of), "Those of the page.")}
    )


_REPOSITORY = _text("Name of the repository in the settings.")
_COMMIT = _text('The commit, as 40 hexadecimal digits; "" before the first one.')
_SYNC = _one_of("Whether what is there is what Git declares.", Sync)
_HEALTH = _one_of("Whether what is there does its work.", Health)
_CONDITIONS = _list(ref("Condition"), "As of a Kubernetes object.")
_NUMBERS = {
    "desired": _count("Instances, links, routers, access points and volumes that Git asks for."),
    "ready": _count("Those of them that are there with all their parts and do their work."),
    "stepsLeft": _count("Steps that the last pass did not do."),
}
_BEHIND = {
    "change": {"enum": ["create", "update", "replace", "delete", None], "description": "What is to be done about it."},
    "sync": {
        "enum": [*map(str, Sync), None],
        "description": "As of a service; null where nothing of Magi's is behind it.",
    },
    "states": _counts("Resources behind it, by state.", [*State, "missing"]),
    "resources": _list(
        _record(
            "One resource.",
            kind=_text("Its kind."),
            name=_text("Its name."),
            state={"enum": [*map(str, State), None], "description": "null: it was not observed."},
        ),
        "What is behind it.",
    ),
}

_SHARD = _record(
    "How the VIMs of the commit in force are shared with other daemons.",
    served=_count("VIMs that this daemon serves."),
    elsewhere=_count("VIMs that other daemons serve."),
    unserved=_list(_text("The VIM."), "VIMs that no shard selector chooses: the first 100 by name."),
    contended=_list(_text("The VIM."), "VIMs that several choose, so that none serves them: the first 100."),
    unreported=_list(_text("The VIM."), "VIMs of other members of which these report nothing: the first 100."),
    members=_list(
        _record(
            "A daemon that shares the VIMs.",
            name=_text("Its name in the group."),
            self={"type": "boolean", "description": "Whether it is the one that answers."},
            served=_count("VIMs that are its part."),
            vims=_list(_text("The VIM."), "These: the first 100 by name."),
        ),
        "The daemons that divide the VIMs by etcd, at most 100; none without `coordination.url`.",
    ),
    membersError=_text('Why etcd can\'t be asked, so that nothing is written once the lease is over, or "".'),
)

_OWN: dict[str, Schema] = {
    "Error": _record("Why there is no answer.", error=_text("What is wrong."), hint=_text('What would do, or "".')),
    "Synced": _record(
        "What is fetched and observed now.",
        repositories={"type": "array", "items": {"type": "string"}, "description": "Names of repositories."},
        vims={"type": "array", "items": ref("VimId"), "description": "Those that are observed."},
        elsewhere={"type": "array", "items": ref("VimId"), "description": "Those that another member serves."},
    ),
    "VimId": _record("A VIM of a repository.", repository=_text("Its repository."), name=_text("Its name.")),
    "Condition": _record(
        "What is so; docs/status.md lists types and reasons.",
        type=_one_of("What it is about.", CONDITION_TYPES),
        status=_one_of("Whether it is so.", ConditionStatus),
        reason={"type": "string", "pattern": "^[A-Z][A-Za-z]*$", "description": "Why, in one word for programs."},
        message=_text("Why, for people."),
        lastTransitionTime=_time("When the status last changed, as this daemon saw it."),
        observedCommit=_text('The commit that it was found for; "" where VIMs differ in that.'),
    ),
    "Repository": _record(
        "A repository that is followed.",
        name=_REPOSITORY,
        url=_text("Where it is, without credentials."),
        commit=_COMMIT,
        subject=_text("First line of the message of that commit."),
        committedAt=_time_or_never("When it was committed."),
        fetchedAt=_time_or_never("When Git last answered."),
        error=_text('Why Git could not be read; "" when it could.'),
        refused=_text('A newer commit whose documents are wrong, or "".'),
        distrust=_text('Why the newest commit is not taken, where only verified ones are, or "".'),
        problems=_list(_text("One, with file, line and column."), "What is wrong with the refused commit."),
        warnings=_list(_text("One."), "What is odd about the repository, and does no harm."),
        shard={"oneOf": [{"type": "null"}, _SHARD], "description": "null: this daemon serves all its VIMs."},
    ),
    "CommitOnVim": _record(
        "How far a commit has come on a VIM.",
        name=_text("The VIM."),
        outcome=_one_of("How far.", CommitState),
        outcomeAt=_time("When it came so far."),
        reasons=_list(_text("One."), "Why it is unreachable, or the first steps that failed or are blocked."),
        done=_counts("Steps done or begun by all passes, by action.", Action),
        failed=_counts("Steps that failed in the last pass, by action.", Action),
        blocked=_counts("Steps blocked in the last pass, by action.", Action),
    ),
    "Commit": _record(
        "A commit that was the newest at a fetch, and what became of it.",
        repository=_REPOSITORY,
        commit=_text("The commit."),
        subject=_text("First line of its message."),
        authoredAt=_time_or_never("When it was written."),
        seenAt=_time("When it was first seen."),
        outcome=_one_of("refused, superseded, or in force, with the worst outcome of its VIMs.", CommitOutcome),
        outcomeAt=_time("Since when."),
        refusedAt=_time_or_never("When it was refused."),
        inForceAt=_time_or_never("When it came into force."),
        syncedAt=_time_or_never("When every VIM matched it."),
        supersededAt=_time_or_never("When another commit came into force."),
        supersededBy=_text('That commit, or "".'),
        problems=_list(_text("One."), "The first of why it was refused."),
        problemCount=_count("How many there were."),
        vims=_list(ref("CommitOnVim"), "Its VIMs."),
    ),
    "Vim": _record(
        "A VIM, as the last observation found it.",
        repository=_REPOSITORY,
        name=_text("Its name."),
        member=_text('The member of the group that serves it; "" without `coordination.url`.'),
        commit=_COMMIT,
        observedAt=_time("When the last pass began; of a VIM of another member, the pass that first found it so."),
        seconds={"type": "number", "minimum": 0, "description": "How long it took."},
        up=_flag("Whether it could be observed."),
        error=_text('Why not, or "".'),
        resources=_count("Resources that were observed."),
        stepsLeft=_NUMBERS["stepsLeft"],
        refusedApprovals=_list(
            ref("RefusedApproval"), f"Approvals that unblock nothing of what they are about; at most {MOST_REFUSED}."
        ),
        conditions=_CONDITIONS,
        **{
            "pass": {
                "anyOf": [ref("Pass"), {"type": "null"}],
                "description": "The pass that runs now; null where none does, or another member serves the VIM.",
            }
        },
    ),
    "Pass": _record(
        "How far a pass is that runs.",
        since=_time("When it began."),
        phase=_one_of("What it is at.", Phase),
        done=_count("Steps that ended, whatever came of them."),
        steps=_count("Steps of its plan; 0 before there is one."),
    ),
    "RefusedApproval": _record(
        "An approval in Git that does not count for something that its digest covers.",
        digest=_text("What is approved."),
        blocked=_text("What is blocked under that digest, in words."),
        reason=_text("Why the approval does not unblock it."),
        service=_text('The service whose annotation it is; "" for one of the Policy, or of a commit.'),
        commit=_text('The commit whose trailer it is; "" for an annotation.'),
        author=_text("The author of that commit, as it says itself."),
        signer=_text('Who signed that commit, as its verification says; "" where no one did, or it was not asked.'),
    ),
    "ServiceOnVim": _record(
        "A network service on a VIM.",
        repository=_REPOSITORY,
        name=_text("The service."),
        vim=_text("The VIM."),
        commit=_COMMIT,
        sync=_SYNC,
        health=_HEALTH,
        **_NUMBERS,
        message=_text('The first thing that keeps it from being synced and healthy, or "".'),
        conditions=_CONDITIONS,
    ),
    "Service": _record(
        "A network service over all its VIMs.",
        repository=_REPOSITORY,
        name=_text("The service."),
        sync=_SYNC,
        health=_HEALTH,
        **_NUMBERS,
        conditions=_CONDITIONS,
        vims=_list(ref("ServiceOnVim"), "What it is on each."),
    ),
    "Event": _record(
        "What happened, as operators know it from Kubernetes.",
        repository=_REPOSITORY,
        vim=_text('Where; "" for the repository itself.'),
        service=_text('Of which service; "" for the VIM or the repository itself.'),
        severity=_one_of("Whether someone should check.", Severity),
        reason=_text("One word for programs."),
        message=_text("For people."),
        first=_time("When for the first time."),
        last=_time("When last."),
        count={"type": "integer", "minimum": 1, "description": "How often."},
        resource=_text('The resource that it is about, with its kind, or "".'),
        commit=_text('The commit that it happened for, or "".'),
    ),
    "PassEntry": _record(
        "A pass, or several one after the other that did nothing and failed or were blocked alike.",
        repository=_REPOSITORY,
        vim=_text("The VIM."),
        commit=_COMMIT,
        startedAt=_time("When the first of them began."),
        lastAt=_time("When the last of them began."),
        times={"type": "integer", "minimum": 1, "description": "How many they are."},
        seconds={"type": "number", "minimum": 0, "description": "How long the last one took."},
        result=_one_of(
            "unknown: the VIM could not be observed; nothing: there was nothing to do; changed: all was done.",
            PASS_RESULTS,
        ),
        done=_counts("Steps done or begun, by action.", Action),
        failed=_counts("Steps that failed, by action.", Action),
        blocked=_counts("Steps that are blocked, by action.", Action),
        services=_list(_text("One."), f"Services of its steps, what failed first; at most {MOST_SERVICES}."),
        moreServices=_count("Services that are not named."),
        reasons=_list(_text("One."), "Why it is unknown, or of the first steps that failed or are blocked."),
    ),
    "Drift": _record(
        "A resource that differs though Git asks for nothing new.",
        repository=_REPOSITORY,
        vim=_text("Where."),
        service=_text('Whose; "" for what services share.'),
        kind=_text("Its kind."),
        name=_text("Its name."),
        difference=_one_of("Whether it is gone or otherwise.", ["missing", "changed"]),
        changes=_list(
            _record(
                "One field.",
                field=_text("Its name."),
                old={"description": "What is there."},
                new={"description": "What Git declares."},
            ),
            "Fields that differ.",
        ),
        since=_time_or_never("Since when this daemon knows of it."),
        blocked={"type": ["string", "null"], "description": "Why it is not repaired; null: it is going to be."},
        reason=_text("The same for people, or why it is repaired."),
    ),
    "Node": _record(
        "A VDU, virtual link, router, access point, or network of others.",
        id=_text("Its name in this answer."),
        type=_one_of("What it is.", ["vdu", "link", "outside", "router", "access-point"]),
        vim=_text("Where it is deployed."),
        vnf=_text('The VNF that it is part of, or "".'),
        label=_text("What to write on it."),
        details=_list(_text("One."), "What to write below."),
        **_BEHIND,
    ),
    "Link": _record(
        "What joins two nodes.",
        **{"from": _text("Id of a node."), "to": _text("Id of the other one."), "label": _text('Interfaces, or "".')},
        **_BEHIND,
    ),
    "Topology": _record(
        "The parts of a network service and what joins them, as `magi graph` draws them.",
        repository=_REPOSITORY,
        service=_text("The service."),
        nodes=_list(ref("Node"), "Its parts."),
        links=_list(ref("Link"), "What joins them."),
    ),
    "Plan": _record(
        "What is left to do on a VIM after the last pass.",
        repository=_REPOSITORY,
        vim=_text("The VIM."),
        commit=_COMMIT,
        observedAt=_time("When the last pass began."),
        error=_text('Why there is no plan, or "".'),
        plan={"anyOf": [ref("PlanOfVim"), {"type": "null"}], "description": "As `magi plan -o json` has it."},
        outcomes=_list(
            _record(
                "What came of a step.",
                action=_one_of("What was to be done.", Action),
                kind=_text("To what kind of resource."),
                name=_text("To which."),
                result=_one_of("What came of it.", [one for one in Result if one is not Result.DONE]),
                reason=_text("Why."),
                again=_flag("Whether it is tried again without a change in Git."),
            ),
            "Why it is left.",
        ),
    ),
    "Interface": _record(
        "An interface of an instance.",
        name=_text("Its name in the VDU."),
        id=_text("Its id on the VIM."),
        link=_text("The virtual link, as its service names it, or the name of a network that Magi does not manage."),
        mac=_text('Its MAC address; "" where the VIM reports none.'),
        fixedAddresses=_list(_text("One."), "Its addresses on the link."),
        floatingAddresses=_list(_text("One."), "Addresses of access points that lead to it."),
    ),
    "Instance": _record(
        "An instance of a VDU.",
        name=_text("Its name in the service: VNF and instance."),
        vnf=_text("Its VNF."),
        vdu=_text("Its VDU."),
        id=_text("Its id on the VIM."),
        hostName=_text('The host name that is declared; "" where the VIM makes one.'),
        state=_one_of("How it is doing.", State),
        interfaces=_list(ref("Interface"), "Its interfaces, by name."),
    ),
    "LinkOnVim": _record(
        "A virtual link.",
        name=_text("Its name in the service."),
        id=_text("Its id on the VIM."),
        segment=_text('Type, physical network and segmentation id; "" where the VIM does not say.'),
        cidrs=_list(_text("One."), "The ranges of its subnets."),
    ),
    "AccessPoint": _record(
        "An access point: what is reached from outside, and what goes there.",
        name=_text("Its name in the service."),
        id=_text("Its id on the VIM."),
        addresses=_list(_text("One."), "Its addresses outside."),
        instance=_text('The instance that they lead to; "" for the gateway of a router.'),
        interface=_text('The interface of that, or "".'),
    ),
    "OutputsOnVim": _record(
        "What a network service has on a VIM.",
        repository=_REPOSITORY,
        vim=_text("The VIM."),
        observedAt=_time("When it was last observed."),
        instances=_list(ref("Instance"), "Its instances."),
        links=_list(ref("LinkOnVim"), "Its virtual links."),
        accessPoints=_list(ref("AccessPoint"), "Its access points."),
    ),
    "Outputs": _record(
        "A page of what a network service has on its VIMs.",
        service=_text("The service."),
        total=_count("On how many VIMs it has something."),
        vims=_list(ref("OutputsOnVim"), "Those of the page."),
    ),
    "Targets": _list(
        _record(
            "An instance, as Prometheus takes it.",
            targets=_list(_text("Address and port."), "One."),
            labels={
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "`__meta_magi_...`: see docs/outputs.md.",
            },
        ),
        "All instances that have an address.",
    ),
    "Repositories": _paged("repositories", "Repository"),
    "Commits": _paged("commits", "Commit"),
    "Vims": _paged("vims", "Vim"),
    "Services": _paged("services", "Service"),
    "Plans": _paged("plans", "Plan"),
    "Drifts": _paged("drift", "Drift"),
    "Events": _paged("events", "Event"),
    "Passes": _paged("passes", "PassEntry"),
}


def _with(schema: Schema, description: str, /, **properties: Schema) -> Schema:
    return _record(description, **schema["properties"], **properties)


@cache
def schemas() -> dict[str, Schema]:
    """All of them by name. Shared between callers: not to be changed."""
    vim_with_plan = _with(
        _OWN["Vim"], "A VIM with the plan of its last pass.",
        plan={
            "anyOf": [ref("PlanOfVim"), {"type": "null"}],
            "description": "null where it could not be observed, or another member serves it.",
        },
    )  # fmt: skip
    status = _record(
        "What `magi status` shows.",
        ready=_flag("A commit is in force, and every VIM has been observed since the start."),
        repositories=_list(ref("Repository"), "Those that are followed."),
        vims=_list(ref("VimWithPlan"), "Their VIMs."),
        services=_list(ref("ServiceOnVim"), "Their services, on each VIM."),
    )
    service = _with(
        _OWN["Service"], "A network service with what happened to it lately.",
        events=_list(ref("Event"), "The newest, the newest first."),
    )  # fmt: skip
    return _OWN | {"VimWithPlan": vim_with_plan, "Status": status, "ServiceWithEvents": service} | _of_plans()


def _of_plans() -> dict[str, Schema]:
    """What `schemas/plan.schema.json` says of the plan of a VIM, under names of components."""
    text = (schema_folder() / PLAN_SCHEMA).read_text(encoding="utf-8")
    parts = json.loads(text)["$defs"]
    del parts["scope"]
    return {_component(name): _renamed(part) for name, part in parts.items()}


def _component(name: str) -> str:
    return "PlanOfVim" if name == "vim" else f"Plan{name[0].upper()}{name[1:]}"


def _renamed(part: Any) -> Any:
    if isinstance(part, list):
        return [_renamed(one) for one in part]
    if isinstance(part, dict):
        # What a newer daemon adds to the answers must not make them wrong for an older client.
        return {
            name: f"{_REFS}{_component(value.removeprefix('#/$defs/'))}" if name == "$ref" else _renamed(value)
            for name, value in part.items()
            if name != "additionalProperties"
        }
    return part
