"""`perezvon config try`."""

from __future__ import annotations

import click


@click.command("try")
def try_event() -> None:
    """."""
