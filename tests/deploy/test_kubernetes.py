"""deploy/kubernetes/: the schemas of Kubernetes, the standard `restricted` for pods, and how the files fit together."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from reconciler.web import make_health_app
from tests.deploy.dockerfile import of, stages
from tests.deploy.settings import check
from tests.web.shown import Shown

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
MANIFESTS = {
    file.name: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted(FOLDER.glob("*.yaml"))
    if file.name != "kustomization.yaml"
}
VERSIONS = ("1.30", "1.33", "1.37")
POD = MANIFESTS["deployment.yaml"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]

# Of ServiceMonitor: what is used here, as the Prometheus Operator defines it. Kubernetes itself does not know the kind.
SERVICE_MONITOR = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "kind": {"const": "ServiceMonitor"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "required": ["selector", "endpoints"],
            "properties": {
                "selector": {"type": "object", "required": ["matchLabels"]},
                "endpoints": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "port": {"type": "string"},
                            "path": {"type": "string"},
                            "interval": {"pattern": r"^\d+[sm]$"},
                            "scrapeTimeout": {"pattern": r"^\d+[sm]$"},
                            "honorLabels": {"type": "boolean"},
                        },
                    },
                },
            },
        },
    },
}


def test_kustomize_takes_every_file() -> None:
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    assert sorted(kustomization["resources"]) == sorted(MANIFESTS)
    assert [image["name"] for image in kustomization["images"]] == [CONTAINER["image"]]
    assert kustomization["namespace"] == MANIFESTS["namespace.yaml"]["metadata"]["name"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [name for name in MANIFESTS if name != "servicemonitor.yaml"])
def test_kubernetes_takes_a_manifest(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


def test_the_prometheus_operator_takes_the_monitor() -> None:
    jsonschema.validate(MANIFESTS["servicemonitor.yaml"], SERVICE_MONITOR)


def test_the_monitor_leaves_the_label_of_network_services_alone() -> None:
    """Or the operator's own label `service` would take its place, and no rule would match."""
    (endpoint,) = MANIFESTS["servicemonitor.yaml"]["spec"]["endpoints"]
    assert endpoint["honorLabels"] is True
    assert endpoint["port"] == "metrics"
    assert endpoint["port"] in {port["name"] for port in MANIFESTS["service.yaml"]["spec"]["ports"]}


def test_the_pod_is_what_the_standard_calls_restricted() -> None:
    pod, container = POD["spec"]["securityContext"], CONTAINER["securityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert container["readOnlyRootFilesystem"] is True
    # The sysctls that the standard allows.
    assert {one["name"] for one in pod["sysctls"]} <= {"net.ipv4.ping_group_range"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & POD["spec"].keys()
    kinds = {kind for volume in POD["spec"]["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"configMap", "secret", "emptyDir"}


def test_it_runs_as_the_user_of_the_image() -> None:
    (user,) = of(stages()[-1], "USER")
    pod = POD["spec"]["securityContext"]
    assert f"{pod['runAsUser']}:{pod['runAsGroup']}" == user.text
    assert pod["fsGroup"] == pod["runAsGroup"]


def test_it_starts_what_the_image_starts() -> None:
    (command,), (port,), (cache,) = (of(stages()[-1], name) for name in ("CMD", "EXPOSE", "VOLUME"))
    assert CONTAINER["args"] == command.program
    (metrics,) = (one["value"] for one in CONTAINER["env"] if one["name"] == "MAGI_METRICS_LISTEN")
    ports = {one["name"]: one["containerPort"] for one in CONTAINER["ports"]}
    assert ports == {"http": int(port.text), "metrics": int(metrics.rpartition(":")[2])}
    writable = [mount["mountPath"] for mount in CONTAINER["volumeMounts"] if not mount.get("readOnly")]
    assert writable == [cache.text]


def test_there_is_never_a_second_daemon_and_an_end_is_waited_for() -> None:
    spec = MANIFESTS["deployment.yaml"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert POD["spec"]["terminationGracePeriodSeconds"] > 30
    # With one replica, a budget that lets none go would hold up every drain of a node.
    assert MANIFESTS["poddisruptionbudget.yaml"]["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("probe", ["livenessProbe", "readinessProbe"])
def test_a_probe_asks_what_magi_answers(probe: str) -> None:
    path = CONTAINER[probe]["httpGet"]["path"]
    assert CONTAINER[probe]["httpGet"]["port"] == "metrics"
    assert make_health_app(Shown(ready=True)).test_client().get(path).status_code == 200
    # A VIM that is not there must not end the daemon.
    alive = make_health_app(Shown(ready=False)).test_client().get(path).status_code == 200
    assert alive == (probe == "livenessProbe")


def test_the_settings_are_good_and_lead_to_what_is_mounted(tmp_path: Path) -> None:
    (name,) = MANIFESTS["configmap.yaml"]["data"]
    (tmp_path / name).write_text(MANIFESTS["configmap.yaml"]["data"][name])
    values, problems = check(tmp_path / name, {"HOME": str(tmp_path)})
    mounts = [mount["mountPath"] for mount in CONTAINER["volumeMounts"]]
    assert values["cloudsFile"] in {f"{mount}/clouds.yaml" for mount in mounts}
    assert str(Path(values["api.tokensFile"]).parent) in mounts
    named = (values["cloudsFile"], values["api.tokensFile"])
    assert [problem for problem in problems if not any(file in problem for file in named)] == []
    assert f"/etc/magi/{name}" in CONTAINER["args"]


def test_every_selector_finds_the_pod() -> None:
    labels = POD["metadata"]["labels"].items()
    selectors = [
        MANIFESTS["deployment.yaml"]["spec"]["selector"]["matchLabels"],
        MANIFESTS["service.yaml"]["spec"]["selector"],
        MANIFESTS["poddisruptionbudget.yaml"]["spec"]["selector"]["matchLabels"],
        MANIFESTS["networkpolicy.yaml"]["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector and selector.items() <= labels for selector in selectors)
    monitored = MANIFESTS["servicemonitor.yaml"]["spec"]["selector"]["matchLabels"].items()
    assert monitored <= MANIFESTS["service.yaml"]["metadata"]["labels"].items()


def test_secrets_are_named_and_not_contained() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    made = set(re.findall(r"create secret generic ([\w-]+)", readme))
    named = {volume["secret"]["secretName"] for volume in POD["spec"]["volumes"] if "secret" in volume}
    named |= {source["secretRef"]["name"] for source in CONTAINER["envFrom"]}
    assert named == made
    assert "Secret" not in {manifest["kind"] for manifest in MANIFESTS.values()}


def test_the_network_lets_prometheus_in_and_git_and_the_clouds_be_reached() -> None:
    spec = MANIFESTS["networkpolicy.yaml"]["spec"]
    assert set(spec["policyTypes"]) == {"Ingress", "Egress"}
    (ingress,) = spec["ingress"]
    assert ingress["from"]
    assert [port["port"] for port in ingress["ports"]] == ["metrics"]
    names, outside = spec["egress"]
    assert {port["port"] for port in names["ports"]} == {53}
    # The usual ports of OpenStack, and of Git.
    assert {port["port"] for port in outside["ports"]} == {22, 443, 5000, 8774, 8776, 9292, 9696}
    assert any("169.254.0.0/16" in block["ipBlock"].get("except", ()) for block in outside["to"])


def test_the_readme_shows_every_file() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+\.yaml)` \|", readme, re.MULTILINE)) == MANIFESTS.keys()
