"""The real Helm engine behind a pipe: one JSON request a line in, one JSON answer a line out.

Runs under `.venv-helm`, whose packages are too large for the project's own environment; the tests keep one
process of it open (see `helm_chart.py`). Nothing here touches a cluster or the network.

    {"op": "lint", "chart": PATH, "values": {...}}
    {"op": "render", "chart": PATH, "values": {...}}       -> {"manifests": [...], "notes": "..."}
    {"op": "validate", "manifests": [...], "version": "1.37"}
    {"op": "values", "text": YAML}

Answers are `{"result": ...}` or `{"error": "..."}`.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from typing import Any

import helm_python as helm  # type: ignore[import-not-found, unused-ignore]
import kubernetes_validate  # type: ignore[import-not-found, unused-ignore]
import yaml  # type: ignore[import-untyped, unused-ignore]

Json = dict[str, Any]

# It reads and parses 2 MB of schemas for every manifest otherwise.
kubernetes_validate.utils.schema_contents = functools.cache(kubernetes_validate.utils.schema_contents)


class OneOfEachKey(yaml.SafeLoader):  # type: ignore[misc, unused-ignore]
    """YAML as Kubernetes takes it: a key that stands twice is a mistake, not an overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Json:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(
                None, None, f"keys that stand twice: {sorted(twice)}", node.start_mark
            )
        mapping: Json = super().construct_mapping(node, deep)
        return mapping


def lint(chart: str, values: Json) -> list[Json]:
    """Helm's findings; severity 1 is advice, 2 a warning, 3 an error."""
    messages: list[Json] = helm.lint(chart, values, strict=True)["messages"]
    return messages


def render(chart: str, values: Json) -> Json:
    with helm.Chart.load(chart) as loaded:
        files: dict[str, str] = loaded.render(values, name="demo", namespace="shop")
    notes = files.pop("perezvon/templates/NOTES.txt", "")
    manifests = [one for text in files.values() for one in yaml.load_all(text, OneOfEachKey) if one]
    return {"manifests": manifests, "notes": notes}


def validate(manifests: list[Json], version: str) -> list[str]:
    """What is wrong by the schemas of that Kubernetes release, unknown fields included; one line each."""
    wrong = []
    for manifest in manifests:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            wrong.append(f"{manifest['kind']} {error.json_path}: {error.message}")
        except kubernetes_validate.SchemaNotFoundError as error:
            wrong.append(error.message)
    return wrong


def values(text: str) -> Json:
    parsed: Json = helm.values_from_yaml(text)
    return parsed


OPERATIONS: dict[str, Callable[..., object]] = {
    "lint": lint,
    "render": render,
    "validate": validate,
    "values": values,
}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        answer: Json
        try:
            answer = {"result": OPERATIONS[request.pop("op")](**request)}
        except (helm.HelmError, yaml.YAMLError) as error:
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
