"""The manifests for Kubernetes say what the server understands: settings, ports, secrets, flags and figures.

No cluster is asked. What an API server would refuse for a wrong shape is found by the lists of known fields here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import psycopg.errors
import pytest
import yaml

from imagend.blobs.disk import DiskBlobs
from imagend.cli.ray_pool import ray_pool
from imagend.core.job import JobPolicy
from imagend.desk.accounts import Accounts
from imagend.desk.bell import Bell
from imagend.desk.desk import Desk
from imagend.desk.scaling import Load, ScalePolicy, enough
from imagend.settings import load_settings
from imagend.store.postgres import PostgresStore
from imagend.store.postgres_links import Server
from imagend.worker_settings import load_worker_settings
from tests.desk.house import Clock, order
from tests.servers.postgres import Cluster

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(FOLDER.rglob("*.yaml"))
MANIFESTS = [file for file in FILES if file.name != "kustomization.yaml"]

VERSIONS = {
    "Namespace": "v1", "ConfigMap": "v1", "Service": "v1", "Deployment": "apps/v1", "PodDisruptionBudget": "policy/v1",
    "NetworkPolicy": "networking.k8s.io/v1", "TriggerAuthentication": "keda.sh/v1alpha1",
    "ScaledObject": "keda.sh/v1alpha1", "RayCluster": "ray.io/v1", "PodMonitor": "monitoring.coreos.com/v1",
}  # fmt: skip
#: Where fields are known by name: a misspelt one would be dropped or refused by the API server.
FIELDS = {
    "pod": {
        "enableServiceLinks", "automountServiceAccountToken", "terminationGracePeriodSeconds", "securityContext",
        "topologySpreadConstraints", "containers", "volumes", "nodeSelector", "tolerations",
    },
    "container": {
        "name", "image", "command", "args", "env", "envFrom", "ports", "startupProbe", "livenessProbe",
        "readinessProbe", "resources", "securityContext", "volumeMounts",
    },
    "probe": {"httpGet", "periodSeconds", "timeoutSeconds", "failureThreshold"},
}  # fmt: skip


def documents(kind: str = "") -> Iterator[dict[str, Any]]:
    for file in MANIFESTS:
        for document in yaml.safe_load_all(file.read_text("utf-8")):
            if kind in ("", document["kind"]):
                yield document


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, pod template) of everything that makes pods."""
    for one in documents("Deployment"):
        yield one["metadata"]["name"], one["spec"]["template"]
    for one in documents("RayCluster"):
        yield "ray head", one["spec"]["headGroupSpec"]["template"]
        yield from ((group["groupName"], group["template"]) for group in one["spec"]["workerGroupSpecs"])


PODS = [pytest.param(template["spec"], id=name) for name, template in templates()]


def named(kind: str, name: str) -> dict[str, Any]:
    return next(one for one in documents(kind) if one["metadata"]["name"] == name)


def container(deployment: str) -> dict[str, Any]:
    found: dict[str, Any] = named("Deployment", deployment)["spec"]["template"]["spec"]["containers"][0]
    return found


def test_every_document_is_one_of_ours() -> None:
    for one in documents():
        assert one["apiVersion"] == VERSIONS[one["kind"]]
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "imagend"


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.name == "kustomization.yaml"], ids=lambda f: f.parent.name
)
def test_kustomizations_list_their_folder(file: Path) -> None:
    beside = {one.name for one in file.parent.glob("*.yaml")} - {file.name}
    listed = set(yaml.safe_load(file.read_text())["resources"])
    others = {name for name in listed if name.startswith("../")}
    assert listed - others == beside
    assert all((file.parent / name / "kustomization.yaml").exists() for name in others)


@pytest.mark.parametrize("pod", PODS)
def test_fields_are_known(pod: dict[str, Any]) -> None:
    assert set(pod) <= FIELDS["pod"]
    assert pod["enableServiceLinks"] is False, "variables of Services would be taken for settings"
    for one in pod["containers"]:
        assert set(one) <= FIELDS["container"]
        assert set(one["resources"]) == {"requests", "limits"}
        for probe in (one[name] for name in one if name.endswith("Probe")):
            assert set(probe) <= FIELDS["probe"]
            assert probe["httpGet"]["port"] in {port["name"] for port in one["ports"]}
        assert {mount["name"] for mount in one.get("volumeMounts", [])} <= {v["name"] for v in pod.get("volumes", [])}


@pytest.mark.parametrize("pod", PODS[:3])
def test_pods_of_ours_have_no_rights(pod: dict[str, Any]) -> None:
    """As the namespace's level `restricted` wants it."""
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    rights = pod["containers"][0]["securityContext"]
    assert (rights["allowPrivilegeEscalation"], rights["capabilities"]) == (False, {"drop": ["ALL"]})


def test_the_gateways_settings_are_settings() -> None:
    data = named("ConfigMap", "imagend-gateway")["data"]
    settings = load_settings(data | {"IMAGEND_DATABASE_URL": "postgresql://imagend@database/imagend"}, {})
    ports = {port["name"]: port["containerPort"] for port in container("imagend-gateway")["ports"]}
    assert settings.worker_address
    assert settings.metrics_address
    assert (settings.port, settings.worker_address[1], settings.metrics_address[1]) == (
        ports["http"], ports["workers"], ports["metrics"],
    )  # fmt: skip
    assert not settings.needs_worker, "a gateway without workers must be ready, or none would ever be fetched"
    grace = named("Deployment", "imagend-gateway")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > settings.drain_seconds + settings.v1_timeout_seconds


def test_files_in_settings_are_mounted() -> None:
    mounts = [mount["mountPath"] for mount in container("imagend-gateway")["volumeMounts"]]
    for name, value in named("ConfigMap", "imagend-gateway")["data"].items():
        if value.startswith("/"):
            assert any(value == mount or value.startswith(mount + "/") for mount in mounts), name


@pytest.mark.parametrize("name", ["imagend-worker-cpu", "imagend-worker-gpu"])
def test_workers_settings_are_settings(name: str) -> None:
    one = container(name)
    settings = load_worker_settings({pair["name"]: pair["value"] for pair in one["env"]}, {})
    service = re.fullmatch(r"http://([a-z-]+):(\d+)", settings.gateway)
    assert service
    ports = named("Service", service[1])["spec"]["ports"]
    assert [port["port"] for port in ports] == [int(service[2])]
    assert Path(settings.token_file).parent.as_posix() in [mount["mountPath"] for mount in one["volumeMounts"]]
    pod = named("Deployment", name)["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > settings.drain_seconds + 5


def test_selectors_find_pods() -> None:
    pods = [template["metadata"]["labels"] for _, template in templates()]
    for one in documents():
        spec = one.get("spec", {})
        wanted = spec.get("podSelector", {}).get("matchLabels") or (
            spec["selector"].get("matchLabels", spec["selector"]) if "selector" in spec else None
        )
        if wanted and "ray.io/cluster" not in wanted:  # KubeRay's own label
            assert any(wanted.items() <= labels.items() for labels in pods), one["metadata"]["name"]


def test_ports_of_services_and_policies_exist() -> None:
    ports = {port["name"] for port in container("imagend-gateway")["ports"]}
    for service in documents("Service"):
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for policy in documents("NetworkPolicy"):
        for rule in (*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])):
            assert {port["port"] for port in rule.get("ports", []) if isinstance(port["port"], str)} <= ports


def test_secrets_are_the_documented_ones() -> None:
    text = "\n".join(file.read_text() for file in MANIFESTS)
    used = set(re.findall(r"secretName: ([a-z-]+)", text)) | set(re.findall(r"secretKeyRef: {name: ([a-z-]+)", text))
    used |= {ref["name"] for one in documents("TriggerAuthentication") for ref in one["spec"]["secretTargetRef"]}
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    assert used == set(re.findall(r"create secret generic ([a-z-]+)", page)) | set(
        re.findall(r"create secret tls ([a-z-]+)", page)
    )


def test_keda_reads_what_the_gateway_publishes() -> None:
    most = int(named("ConfigMap", "imagend-gateway")["data"]["IMAGEND_SCALE_MAX_WORKERS"])
    secrets = {one["metadata"]["name"] for one in documents("TriggerAuthentication")}
    answer = {"backends": {"sketch": {"target": 3}}}
    for one in documents("ScaledObject"):
        assert named("Deployment", one["spec"]["scaleTargetRef"]["name"])
        assert one["spec"]["maxReplicaCount"] == most
        [trigger] = one["spec"]["triggers"]
        assert trigger["authenticationRef"]["name"] in secrets
        if trigger["type"] == "metrics-api":
            found: Any = answer
            for word in trigger["metadata"]["valueLocation"].split("."):
                found = found[word]
            assert (found, trigger["metadata"]["url"].rpartition("8001")[2]) == (3, "/internal/scale")


def test_kedas_question_to_the_database_is_the_rule(postgres_cluster: Cluster, tmp_path: Path) -> None:
    """By a role with the rights that the page gives it."""
    triggers = [trigger for one in documents("ScaledObject") for trigger in one["spec"]["triggers"]]
    [question] = [one["metadata"]["query"] for one in triggers if one["type"] == "postgresql"]
    [rights] = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "kubernetes.md").read_text(), re.DOTALL)
    url = postgres_cluster.new_database()
    store = PostgresStore(Server(url=url))
    try:
        desk = Desk(store, DiskBlobs(tmp_path), JobPolicy(), Clock(), Bell())
        account = Accounts(store, b"pepper" * 6, Clock()).create_key("one", 10**9)[1].account_id
        jobs = [desk.submit(account, order(steps=100, count=4, backend="sketch")) for _ in range(60)]
        desk.claim("w1", "b", ("sketch",), 2)
    finally:
        store.close()
    load = Load(queued=58, running=2, predicted_seconds=sum(job.predicted_seconds for job in jobs))
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(postgres_cluster.superuser_url, dbname=name, autocommit=True) as connection:
        connection.execute(rights)
    with psycopg.connect(url, user="scaler", password="...") as connection:
        [found] = connection.execute(question).fetchone() or [None]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT recipe FROM job")
    with psycopg.connect(postgres_cluster.superuser_url, dbname=name, autocommit=True) as connection:
        connection.execute("DROP OWNED BY scaler; DROP ROLE scaler")
    assert found == enough(load, ScalePolicy(most=99)) > 1


def test_the_pools_flags_are_flags() -> None:
    script = named("RayCluster", "imagend")["spec"]["headGroupSpec"]["template"]["spec"]["containers"][0]["args"][0]
    flags = {flag.replace("-", "_") for flag in re.findall(r" --([a-z-]+)", script)}
    assert flags
    assert flags <= set(inspect.signature(ray_pool).parameters)


def test_prometheus_finds_the_port_and_the_job_that_alerts_name() -> None:
    [monitor] = documents("PodMonitor")
    pod = named("Deployment", "imagend-gateway")["spec"]["template"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert pod["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "imagend"
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] in {port["name"] for port in container("imagend-gateway")["ports"]}


def test_the_example_changes_what_there_is() -> None:
    whole = yaml.safe_load((FOLDER / "example" / "kustomization.yaml").read_text("utf-8"))
    [generator] = whole["configMapGenerator"]
    data = named("ConfigMap", generator["name"])["data"]
    changed = dict(literal.split("=", 1) for literal in generator["literals"])
    settings = load_settings(data | changed | {"IMAGEND_DATABASE_URL": "postgresql://imagend@database/imagend"}, {})
    for patch in whole["patches"]:
        found: Any = named(patch["target"]["kind"], patch["target"]["name"])
        for operation in yaml.safe_load(patch["patch"]):
            for word in operation["path"].strip("/").split("/"):
                found = found[word]
            if operation["path"].endswith("maxReplicaCount"):
                assert operation["value"] == settings.scale_max_workers
