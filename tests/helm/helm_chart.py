"""The chart as the tests see it: the engine's process, and what it rendered."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm"
PYTHON = ROOT / ".venv-helm" / "bin" / "python"

# helm/ci holds them, as chart tools expect: ci/NAME-values.yaml.
VALUES_SETS = {
    path.name.removesuffix("-values.yaml"): path for path in sorted(CHART.glob("ci/*-values.yaml"))
}

# The oldest release that Chart.yaml admits, and the newest that the validator knows.
KUBERNETES = ("1.29", "1.37")


class RefusedError(Exception):
    """Helm did not render; the text is what it would print."""


@dataclass(frozen=True)
class Rendered:
    manifests: list[Json]
    notes: str

    def of(self, kind: str) -> list[Json]:
        return [one for one in self.manifests if one["kind"] == kind]

    def one(self, kind: str, name_ends: str = "") -> Json:
        (found,) = (one for one in self.of(kind) if one["metadata"]["name"].endswith(name_ends))
        return found

    @property
    def workloads(self) -> list[Json]:
        """Everything that makes pods."""
        return [one for one in self.manifests if "template" in one.get("spec", {})]


class Engine:
    """One process of the real Helm; see `engine.py`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def _ask(self, **request: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the engine ended; its own words are above"
        answer = json.loads(line)
        if "error" in answer:
            raise RefusedError(answer["error"])
        return answer["result"]

    def lint(self, values: Json, chart: Path = CHART) -> list[str]:
        """Warnings and errors; advice (that an icon is recommended) is left out."""
        findings = self._ask(op="lint", chart=str(chart), values=values)
        return [f"{one['path']}: {one['error']}" for one in findings if one["severity"] > 1]

    def render(self, values: Json, chart: Path = CHART) -> Rendered:
        return Rendered(**self._ask(op="render", chart=str(chart), values=values))

    def validate(self, manifests: list[Json], version: str) -> list[str]:
        return cast(list[str], self._ask(op="validate", manifests=manifests, version=version))

    def values(self, path: Path) -> Json:
        return cast(Json, self._ask(op="values", text=path.read_text(encoding="utf-8")))


@contextmanager
def running_engine() -> Iterator[Engine]:
    command = [PYTHON, Path(__file__).with_name("engine.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Engine(process)
        # Leaving closes its input, at which it ends.


def container(workload: Json) -> Json:
    (only,) = workload["spec"]["template"]["spec"]["containers"]
    return cast(Json, only)


def decoded(secret: Json) -> dict[str, str]:
    return {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}


def merged(values: Json, path: str, value: object) -> Json:
    """A copy of `values` with the value at the dotted `path` replaced."""
    first, _, rest = path.partition(".")
    return {**values, first: merged(values.get(first, {}), rest, value) if rest else value}


def without(values: Json, path: str) -> Json:
    """A copy of `values` without the key at the dotted `path`."""
    first, _, rest = path.partition(".")
    if rest:
        return {**values, first: without(values[first], rest)}
    return {name: value for name, value in values.items() if name != first}
