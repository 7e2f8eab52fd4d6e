from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helm.helm_chart import PYTHON, VALUES_SETS, Engine, Json, Rendered, running_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    if not PYTHON.exists():
        pytest.fail("the real Helm is not installed in .venv-helm: run `make setup-helm`", pytrace=False)
    with running_engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def sets(engine: Engine) -> dict[str, Json]:
    """The values sets of helm/ci, by name."""
    return {name: engine.values(path) for name, path in VALUES_SETS.items()}


@pytest.fixture(scope="session")
def minimal(sets: dict[str, Json]) -> Json:
    return sets["minimal"]


@pytest.fixture(scope="session")
def renders(engine: Engine, sets: dict[str, Json]) -> dict[str, Rendered]:
    return {name: engine.render(values) for name, values in sets.items()}


@pytest.fixture(params=VALUES_SETS)
def rendered(request: pytest.FixtureRequest, renders: dict[str, Rendered]) -> Rendered:
    """What each values set renders, one after the other."""
    return renders[request.param]
