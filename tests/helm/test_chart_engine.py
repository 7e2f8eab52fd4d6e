"""The real Helm lints and renders the chart, Kubernetes takes the objects, bad values are refused by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.helm.helm_chart import (
    CHART,
    KUBERNETES,
    VALUES_SETS,
    Engine,
    Json,
    RefusedError,
    Rendered,
    merged,
    without,
)

# Kubernetes has no schema for it: it comes with the Prometheus operator.
FOREIGN = "ServiceMonitor"


@pytest.mark.parametrize("name", VALUES_SETS)
def test_lint_finds_nothing(engine: Engine, sets: dict[str, Json], name: str) -> None:
    assert engine.lint(sets[name]) == []


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ undefinedFunction .Values }}", "undefinedFunction"),
        ("{{ .Values.web.replicas.none }}", "replicas"),
        ("{{ if .Values.web }}", "unexpected EOF"),
        ("kind: Deployment\n  metadata: {}\n", "unable to parse YAML"),
    ],
)
def test_lint_catches_a_broken_template(
    engine: Engine, minimal: Json, tmp_path: Path, template: str, complaint: str
) -> None:
    broken = tmp_path / "perezvon"
    shutil.copytree(CHART, broken)
    assert engine.lint(minimal, broken) == []
    (broken / "templates" / "broken.yaml").write_text(template)

    assert any("broken.yaml" in found and complaint in found for found in engine.lint(minimal, broken))


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_accepts_every_manifest(engine: Engine, rendered: Rendered, version: str) -> None:
    known = [one for one in rendered.manifests if one["kind"] != FOREIGN]
    assert len(known) > 5
    assert engine.validate(known, version) == []


@pytest.mark.parametrize("version", KUBERNETES)
def test_the_validator_can_refuse(engine: Engine, renders: dict[str, Rendered], version: str) -> None:
    made_up = merged(renders["everything"].one("HorizontalPodAutoscaler"), "spec.madeUp", 1)
    mistyped = merged(renders["everything"].one("Service"), "spec.ports", "http")

    wrong = engine.validate([made_up, mistyped, {"apiVersion": "v1", "kind": "Nonesuch"}], version)

    assert len(wrong) == 3
    assert "madeUp" in wrong[0]
    assert "$.spec.ports" in wrong[1]
    assert "Nonesuch" in wrong[2]


def test_a_key_that_stands_twice_is_refused(engine: Engine, minimal: Json, tmp_path: Path) -> None:
    twice = tmp_path / "perezvon"
    shutil.copytree(CHART, twice)
    with (twice / "templates" / "service.yaml").open("a") as service:
        service.write("kind: Service\n")

    with pytest.raises(RefusedError, match="stand twice"):
        engine.render(minimal, twice)


REQUIRED = [
    "image",
    "image.repository",
    "config.OMNIDESK_URL",
    "config.OMNIDESK_EMAIL",
    "config.OMNIDESK_CHANNEL",
    "config.CSCART_URL",
    "config.CSCART_EMAIL",
    "config.OBZVONILKA_URL",
    "config.OBZVONILKA_CONTACT_BASE",
    "secrets.data.DATABASE_URL",
    "secrets.data.REDIS_URL",
    "secrets.data.SECRET_KEY",
    "secrets.data.OMNIDESK_API_KEY",
    "secrets.data.OMNIDESK_WEBHOOK_TOKEN",
    "secrets.data.CSCART_API_KEY",
    "secrets.data.CSCART_WEBHOOK_TOKEN",
    "secrets.data.OBZVONILKA_API_KEY",
]


@pytest.mark.parametrize("path", REQUIRED)
def test_a_required_value_is_asked_for_by_name(engine: Engine, minimal: Json, path: str) -> None:
    with pytest.raises(RefusedError, match=path.rpartition(".")[2]):
        engine.render(without(minimal, path))
    # null takes a default out as well, an empty one too.
    with pytest.raises(RefusedError, match=path.rpartition(".")[2]):
        engine.render(merged(minimal, path, None))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("config.OMNIDESK_URL", "shop.omnidesk.example"),
        ("config.CSCART_URL", "https://login:password@shop.example"),
        ("config.OBZVONILKA_URL", "ftp://dialer.example"),
        ("config.OMNIDESK_CHANNEL", "101"),
        ("config.OMNIDESK_QUOTA_WINDOW_SECONDS", 0),
        ("config.OMNIDESK_QUOTA_PER_WINDOW", "many"),
        ("config.OBZVONILKA_CONTACT_BASE", "first"),
        ("config.OMNIDESK_API_KEY", "not-a-secret"),  # a secret where everybody can read it
        ("secrets.data.OMNIDESK_KEY", "misspelt"),
        ("secrets.data.SECRET_KEY", "short"),
        ("secrets.data.REDIS_URL", ""),
        ("secrets.data.DATABASE_URL", "sqlite:////tmp/perezvon.sqlite"),
        ("secrets.existingSecretOptionalKeys", ["SOMETHING"]),
        ("secrets.existingSecret", "and-values-too"),
        ("image.digest", "sha256:short"),
        ("image.pullPolicy", "Sometimes"),
        ("replicaCount", 3),
        ("web.replicas", 0),
        ("web.replicas", "2"),
        ("web.port", 80),  # a process that is not root cannot listen there
        ("web.terminationGracePeriodSeconds", 30),
        ("worker.terminationGracePeriodSeconds", 60),
        ("scheduler.replicas", 2),
        ("ingress.enabled", True),  # without a host
        ("ingress.paths", ["webhooks"]),
        ("extraEnv", {"NOT-A-NAME": "1"}),
        ("podAnnotations", {"number": 1}),
        ("service.type", "ExternalName"),
    ],
)
def test_a_bad_value_is_refused_by_name(engine: Engine, minimal: Json, path: str, value: object) -> None:
    named = {
        "ingress.enabled": "ingress/host",
        "secrets.existingSecret": "secrets/data",
        "extraEnv": "NOT-A-NAME",
    }.get(path, path.rpartition(".")[2])

    with pytest.raises(RefusedError, match=named):
        engine.render(merged(minimal, path, value))


@pytest.mark.parametrize(
    "secret", ["DATABASE_URL", "SECRET_KEY", "PEREZVON_ADMIN_PASSWORD", "CSCART_WEBHOOK_SECRET"]
)
@pytest.mark.parametrize("value", ["tell1", ["telltale"], {"telltale": "telltale"}, "sqlite://telltale"])
def test_a_refusal_does_not_show_a_secret(engine: Engine, minimal: Json, secret: str, value: object) -> None:
    values = merged(merged(minimal, f"secrets.data.{secret}", value), "web.replicas", 0)

    with pytest.raises(RefusedError, match="replicas") as refused:
        engine.render(values)

    assert "tell" not in str(refused.value)
    assert not any(other in str(refused.value) for other in minimal["secrets"]["data"].values())


def test_a_signature_alone_is_enough_for_the_store(engine: Engine, minimal: Json) -> None:
    values = without(minimal, "secrets.data.CSCART_WEBHOOK_TOKEN")
    assert engine.render(merged(values, "secrets.data.CSCART_WEBHOOK_SECRET", "whsec_c2VjcmV0"))


def test_everything_turns_everything_on(renders: dict[str, Rendered]) -> None:
    kinds = {one["kind"] for one in renders["everything"].manifests}
    assert kinds == {
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "Job",
        "PodDisruptionBudget",
        "Secret",
        "Service",
        "ServiceAccount",
        "ServiceMonitor",
    }


def test_no_defined_value_is_left_untouched_by_the_sets(engine: Engine, sets: dict[str, Json]) -> None:
    """A value that no set changes is a value that nothing here tries."""

    def leaves(values: Json, at: str = "") -> set[str]:
        found: set[str] = set()
        for name, value in values.items():
            nested = isinstance(value, dict) and value and "resources" not in name
            found |= leaves(value, f"{at}{name}.") if nested else {f"{at}{name}"}
        return found

    defaults = leaves(engine.values(CHART / "values.yaml"))
    tried = set().union(*(leaves(values) for values in sets.values()))
    untried = {path for path in defaults if not any(f"{one}.".startswith(f"{path}.") for one in tried)}

    assert untried <= {"web.resources", "scheduler.resources", "migrate.resources"}  # the worker's is


def test_the_schema_describes_every_default(engine: Engine) -> None:
    """Unknown names are refused at every level, so the defaults must all be known."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert schema["properties"].keys() == {*engine.values(CHART / "values.yaml"), "global"}


def test_the_readme_has_a_row_for_every_value(engine: Engine) -> None:
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    values = engine.values(CHART / "values.yaml")
    paths = {
        f"{name}.{inner}" if isinstance(value, dict) and value else name
        for name, value in values.items()
        for inner in (value if isinstance(value, dict) and value else [""])
        if name != "config"  # its keys are the contract's, told in one row
    }

    assert sorted(path for path in paths if f"`{path}`" not in readme) == []
