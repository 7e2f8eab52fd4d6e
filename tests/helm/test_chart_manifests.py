"""What the chart's objects promise to each other, to the processes and to the operators."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service import settings
from tests.helm.helm_chart import ROOT, Engine, Json, Rendered, container, decoded, merged

WORKER_DRAIN_SECONDS = 60
GUNICORN_GRACE_SECONDS = 30
SECRETS_AT = "/run/secrets/perezvon"


def pod(workload: Json) -> Json:
    spec: Json = workload["spec"]["template"]["spec"]
    return spec


def environment(workload: Json, rendered: Rendered) -> dict[str, str]:
    """The pod's variables, ConfigMap looked up."""
    config = rendered.one("ConfigMap")["data"]
    return {
        one["name"]: one["value"] if "value" in one else config[one["valueFrom"]["configMapKeyRef"]["key"]]
        for one in container(workload)["env"]
    }


# The processes


def test_each_process_runs_its_command(rendered: Rendered) -> None:
    commands = {
        one["metadata"]["name"].rpartition("-")[2]: container(one)["command"] for one in rendered.workloads
    }
    assert commands == {
        "migrate": ["perezvon", "migrate"],
        "web": ["gunicorn", "-c", "python:service.gunicorn_config", "service.app:create_app()"],
        "worker": ["celery", "-A", "workers.app", "worker"],
        "scheduler": ["celery", "-A", "workers.app", "beat"],
    }


def test_there_is_one_scheduler(rendered: Rendered) -> None:
    assert rendered.one("Deployment", "-scheduler")["spec"]["replicas"] == 1


def test_pods_are_locked_down(rendered: Rendered) -> None:
    for workload in rendered.workloads:
        assert pod(workload)["securityContext"]["runAsNonRoot"] is True
        assert pod(workload)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod(workload)["automountServiceAccountToken"] is False
        assert container(workload)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        resources = container(workload)["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys()
        assert "memory" in resources["limits"]


def test_the_pods_user_is_the_images(rendered: Rendered) -> None:
    (user,) = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for workload in rendered.workloads:
        security = pod(workload)["securityContext"]
        assert (str(security["runAsUser"]), str(security["runAsGroup"])) == user


def test_what_the_processes_write_to_is_a_volume(rendered: Rendered) -> None:
    for workload in rendered.workloads:
        volumes = {one["name"]: one for one in pod(workload)["volumes"]}
        mounts = {one["mountPath"]: one["name"] for one in container(workload)["volumeMounts"]}
        assert volumes.keys() == set(mounts.values())
        assert "emptyDir" in volumes[mounts["/tmp"]]
        assert environment(workload, rendered)["PEREZVON_VAR"] == "/tmp"


def test_web_leaves_the_load_balancer_before_it_ends(rendered: Rendered) -> None:
    web = rendered.one("Deployment", "-web")
    command, seconds = container(web)["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    assert pod(web)["terminationGracePeriodSeconds"] > int(seconds) + GUNICORN_GRACE_SECONDS
    assert web["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_a_worker_has_the_time_to_drain(rendered: Rendered) -> None:
    assert pod(rendered.one("Deployment", "-worker"))["terminationGracePeriodSeconds"] > WORKER_DRAIN_SECONDS


# Who finds whom


def test_every_selector_finds_its_pods_and_no_others(rendered: Rendered) -> None:
    labels = {
        one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"] for one in rendered.workloads
    }

    def found(selector: Json) -> list[str]:
        return [name for name, own in labels.items() if selector.items() <= own.items()]

    for deployment in rendered.of("Deployment"):
        name = deployment["metadata"]["name"]
        assert found(deployment["spec"]["selector"]["matchLabels"]) == [name]
    for workload in rendered.workloads:
        (spread,) = pod(workload)["topologySpreadConstraints"]
        assert found(spread["labelSelector"]["matchLabels"]) == [workload["metadata"]["name"]]
    for budget in rendered.of("PodDisruptionBudget"):
        assert found(budget["spec"]["selector"]["matchLabels"]) == [budget["metadata"]["name"]]
    (web,) = found(rendered.one("Service")["spec"]["selector"])
    assert web.endswith("-web")
    for monitor in rendered.of("ServiceMonitor"):
        service = rendered.one("Service")
        assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert monitor["spec"]["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"]


def test_ports_and_probes_agree_from_the_ingress_to_the_process(rendered: Rendered) -> None:
    web = rendered.one("Deployment", "-web")
    (port,) = container(web)["ports"]
    assert environment(web, rendered)["PORT"] == str(port["containerPort"])
    for probe, path in (("startup", "/healthz"), ("liveness", "/healthz"), ("readiness", "/readyz")):
        assert container(web)[f"{probe}Probe"]["httpGet"] == {"path": path, "port": port["name"]}

    service = rendered.one("Service")
    (exposed,) = service["spec"]["ports"]
    assert exposed["targetPort"] == port["name"]
    for ingress in rendered.of("Ingress"):
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            assert path["backend"]["service"] == {
                "name": service["metadata"]["name"],
                "port": {"name": exposed["name"]},
            }


def test_the_autoscaler_and_a_fixed_number_exclude_each_other(rendered: Rendered) -> None:
    web = rendered.one("Deployment", "-web")
    scalers = rendered.of("HorizontalPodAutoscaler")
    assert ("replicas" in web["spec"]) == (not scalers)
    for scaler in scalers:
        assert scaler["spec"]["scaleTargetRef"]["name"] == web["metadata"]["name"]


def test_what_serves_and_what_works_is_not_evicted_at_once(renders: dict[str, Rendered]) -> None:
    budgets = {one["metadata"]["name"]: one["spec"] for one in renders["minimal"].of("PodDisruptionBudget")}
    assert budgets.keys() == {"demo-perezvon-web", "demo-perezvon-worker"}
    assert all(spec["maxUnavailable"] == 1 for spec in budgets.values())


def test_what_is_referred_to_is_there_in_time(rendered: Rendered, renders: dict[str, Rendered]) -> None:
    """Hooks run before the release's own objects exist, so they may name only hooks and what is not ours."""
    theirs = {("Secret", "perezvon-vault")} if rendered is renders["existing-secret"] else set()

    def is_hook(one: Json) -> bool:
        return "helm.sh/hook" in one["metadata"].get("annotations", {})

    hooks = {(one["kind"], one["metadata"]["name"]) for one in rendered.manifests if is_hook(one)}
    own = {(one["kind"], one["metadata"]["name"]) for one in rendered.manifests if not is_hook(one)}
    for workload in rendered.workloads:
        volumes = pod(workload)["volumes"]
        wanted = {("Secret", one["secret"]["secretName"]) for one in volumes if "secret" in one}
        wanted |= {("ConfigMap", one["configMap"]["name"]) for one in volumes if "configMap" in one}
        wanted |= {
            ("ConfigMap", one["valueFrom"]["configMapKeyRef"]["name"])
            for one in container(workload)["env"]
            if "valueFrom" in one
        }
        if (account := pod(workload).get("serviceAccountName", "default")) != "default":
            wanted.add(("ServiceAccount", account))
        assert wanted <= theirs | (hooks if is_hook(workload) else own)


def test_the_migration_comes_first_and_its_secret_before_it(rendered: Rendered) -> None:
    hooks = [one for one in rendered.manifests if "helm.sh/hook" in one["metadata"].get("annotations", {})]
    by_weight = sorted(hooks, key=lambda one: int(one["metadata"]["annotations"]["helm.sh/hook-weight"]))
    assert [one["kind"] for one in by_weight] in (["Secret", "Job"], ["Job"])
    for hook in hooks:
        annotations = hook["metadata"]["annotations"]
        assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
        # Without the first, the second upgrade would meet the first one's Job and fail.
        assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
    assert pod(rendered.one("Job"))["restartPolicy"] == "Never"


# Settings and secrets


@pytest.mark.parametrize("name", ["minimal", "everything"])
def test_the_processes_start_with_what_their_pods_are_given(
    sets: dict[str, Json], renders: dict[str, Rendered], tmp_path: Path, name: str
) -> None:
    """The pod's own environment and files, put before the real settings."""
    rendered, values = renders[name], sets[name]
    (secret,) = (one for one in rendered.of("Secret") if not one["metadata"]["name"].endswith("-migrate"))
    for key, value in decoded(secret).items():
        (tmp_path / key).write_text(value)
    (tmp_path / "perezvon.toml").write_text(rendered.one("ConfigMap")["data"].get("perezvon.toml", ""))

    for component in ("-web", "-worker", "-scheduler"):
        given = {
            variable: value.replace(SECRETS_AT, str(tmp_path)).replace("/etc/perezvon", str(tmp_path))
            for variable, value in environment(rendered.one("Deployment", component), rendered).items()
        }
        loaded = settings.load(given)

        secrets, config = values["secrets"]["data"], values["config"]
        assert loaded.database_url == settings.database_url(secrets["DATABASE_URL"], tmp_path)
        assert loaded.redis_url == secrets["REDIS_URL"]
        assert loaded.secret_key == secrets["SECRET_KEY"]
        assert loaded.admin_password == secrets.get("PEREZVON_ADMIN_PASSWORD")
        assert loaded.omnidesk.url == config["OMNIDESK_URL"]
        assert loaded.omnidesk.quota_window_seconds == config.get("OMNIDESK_QUOTA_WINDOW_SECONDS", 60)
        assert loaded.omnidesk.quota_per_window == config.get("OMNIDESK_QUOTA_PER_WINDOW")
        assert loaded.cscart.webhook_secrets == tuple(secrets.get("CSCART_WEBHOOK_SECRET", "").split())
        assert loaded.obzvonilka.contact_base == str(config["OBZVONILKA_CONTACT_BASE"])

    migrate = environment(rendered.one("Job"), rendered)
    assert migrate["DATABASE_URL_FILE"] == f"{SECRETS_AT}/DATABASE_URL"
    given = {"DATABASE_URL_FILE": str(tmp_path / "DATABASE_URL")}
    assert settings.load_ledger_url(given) == loaded.database_url


# DESIGN, "Contract": what a deployment can be told.
CONTRACT = {
    "CSCART_API_KEY",
    "CSCART_EMAIL",
    "CSCART_URL",
    "CSCART_WEBHOOK_SECRET",
    "CSCART_WEBHOOK_TOKEN",
    "DATABASE_POOL_SIZE",
    "DATABASE_URL",
    "OBZVONILKA_API_KEY",
    "OBZVONILKA_CONTACT_BASE",
    "OBZVONILKA_URL",
    "OMNIDESK_API_KEY",
    "OMNIDESK_CHANNEL",
    "OMNIDESK_EMAIL",
    "OMNIDESK_QUOTA_PER_WINDOW",
    "OMNIDESK_QUOTA_WINDOW_SECONDS",
    "OMNIDESK_URL",
    "OMNIDESK_WEBHOOK_TOKEN",
    "PEREZVON_ADMIN_PASSWORD",
    "PEREZVON_API_TOKENS",
    "PEREZVON_CONFIG",
    "PEREZVON_VAR",
    "PORT",
    "REDIS_URL",
    "SECRET_KEY",
}


def test_the_whole_contract_can_be_given(renders: dict[str, Rendered], sets: dict[str, Json]) -> None:
    everything = renders["everything"]
    given = (
        environment(everything.one("Deployment", "-web"), everything).keys() - sets["everything"]["extraEnv"]
    )
    assert {name.removesuffix("_FILE") for name in given} == CONTRACT


def test_secrets_stand_in_secrets_only(sets: dict[str, Json], renders: dict[str, Rendered]) -> None:
    for name, rendered in renders.items():
        others = [one for one in rendered.manifests if one["kind"] != "Secret"]
        text = json.dumps(others, ensure_ascii=False) + rendered.notes
        for value in sets[name]["secrets"].get("data", {}).values():
            assert value not in text
            assert json.dumps(value)[1:-1] not in text
        for workload in rendered.workloads:
            # Files are the only way: no variable takes its value from a Secret.
            assert "secretKeyRef" not in json.dumps(workload)
            assert "envFrom" not in container(workload)


def test_secrets_arrive_as_given(sets: dict[str, Json], renders: dict[str, Rendered]) -> None:
    given = sets["everything"]["secrets"]["data"]
    own, hook = sorted(renders["everything"].of("Secret"), key=lambda one: len(one["metadata"]["name"]))
    assert decoded(own) == given
    assert decoded(hook) == {"DATABASE_URL": given["DATABASE_URL"]}


def test_every_secret_file_that_is_named_is_mounted(rendered: Rendered) -> None:
    for workload in rendered.workloads:
        (secret,) = (one["secret"] for one in pod(workload)["volumes"] if "secret" in one)
        mounted = {f"{item['key']}_FILE": f"{SECRETS_AT}/{item['path']}" for item in secret["items"]}
        variables = environment(workload, rendered)
        assert {name: value for name, value in variables.items() if name.endswith("_FILE")} == mounted
        assert secret["defaultMode"] == 0o440


def test_an_existing_secret_is_mounted_and_none_is_made(renders: dict[str, Rendered], minimal: Json) -> None:
    rendered = renders["existing-secret"]
    assert rendered.of("Secret") == []
    web = rendered.one("Deployment", "-web")
    (secret,) = (one["secret"] for one in pod(web)["volumes"] if "secret" in one)
    assert secret["secretName"] == "perezvon-vault"
    required = minimal["secrets"]["data"].keys() - {"CSCART_WEBHOOK_TOKEN"}
    assert {item["key"] for item in secret["items"]} == required | {
        "CSCART_WEBHOOK_SECRET",
        "PEREZVON_API_TOKENS",
    }
    assert "rollout restart" in rendered.notes


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("config.OMNIDESK_CHANNEL", "cch102"),
        ("configFile", "# other\n"),
        ("secrets.data.OMNIDESK_API_KEY", "another-key"),
    ],
)
def test_a_changed_setting_rolls_every_process(engine: Engine, minimal: Json, path: str, value: str) -> None:
    def annotations(values: Json) -> dict[str, Json]:
        return {
            one["metadata"]["name"]: one["spec"]["template"]["metadata"]["annotations"]
            for one in engine.render(values).of("Deployment")
        }

    before, after = annotations(minimal), annotations(merged(minimal, path, value))
    assert before == annotations(minimal)
    assert len(before) == 3
    assert all(before[name] != after[name] for name in before)


def test_names_stay_within_what_kubernetes_takes(engine: Engine, minimal: Json) -> None:
    rendered = engine.render(merged(minimal, "fullnameOverride", "a" * 80))
    assert max(len(one["metadata"]["name"]) for one in rendered.manifests) <= 63


# The probe of the processes that serve no HTTP


@contextmanager
def running(code: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


HANGS = "import threading; print(flush=True); lock = threading.Lock(); lock.acquire(); lock.acquire()"
LIVES = "import time; print(flush=True)\nwhile True: time.sleep(0.005)"


@pytest.mark.parametrize(("code", "alive"), [(LIVES, True), (HANGS, False)])
@pytest.mark.parametrize("component", ["-worker", "-scheduler"])
def test_the_liveness_probe_tells_a_process_that_hangs(
    renders: dict[str, Rendered], tmp_path: Path, component: str, code: str, alive: bool
) -> None:
    probe = container(renders["minimal"].one("Deployment", component))["livenessProbe"]
    shell, option, script = probe["exec"]["command"]

    with running(code) as process:
        script = script.replace("/proc/1/", f"/proc/{process.pid}/").replace("/tmp/", f"{tmp_path}/")

        def passes() -> bool:
            return subprocess.run([shell, option, script], check=False, timeout=5).returncode == 0

        assert passes()
        results = []
        for _ in range(3):
            subprocess.run(["sleep", "0.1"], check=True)
            results.append(passes())
        assert results[1:] == [alive, alive]


# What Helm prints at the end


def test_the_notes_tell_the_address(renders: dict[str, Rendered]) -> None:
    assert "https://calls.shop.example/webhooks" in renders["everything"].notes
    assert "kubectl -n shop port-forward service/demo-perezvon 8000:80" in renders["minimal"].notes
    assert "perezvon doctor" in renders["minimal"].notes
