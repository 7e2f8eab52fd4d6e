"""`perezvon demo --once`: the whole thing shown, as a new user runs it."""

from __future__ import annotations

import subprocess

from tests.stack import BIN, free_port


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "perezvon", "demo", "--once", *options],
        env={"PATH": "/usr/bin:/bin", "PORT": str(free_port()), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_carries_its_sample_traffic_and_leaves_nothing_running() -> None:
    shown = demo("--requests", "4")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "4 requests carried, each exactly once" in shown.stdout
    assert "calls left" in shown.stdout


def test_with_misbehaving_vendors_every_request_is_carried_all_the_same() -> None:
    shown = demo("--requests", "3", "--faults")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "3 requests carried, each exactly once" in shown.stdout
    assert "faults: 8 fired" in shown.stdout
