"""`perezvon demo --once`: the whole thing shown, as a new user runs it."""

from __future__ import annotations

import subprocess

from tests.stack import BIN, free_port


def test_the_demo_carries_its_sample_traffic_and_leaves_nothing_running() -> None:
    demo = subprocess.run(
        [BIN / "perezvon", "demo", "--once", "--requests", "4"],
        env={"PATH": "/usr/bin:/bin", "PORT": str(free_port()), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "4 requests carried, each exactly once" in demo.stdout
    assert "calls left" in demo.stdout
