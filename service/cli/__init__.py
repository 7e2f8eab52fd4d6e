"""The `perezvon` command. Stands above both packages and is imported by neither."""

from __future__ import annotations

import importlib

import click

# Name -> module; a command is imported when it is used, so that each starts quickly.
_COMMANDS = {
    "up": "service.cli.up",
    "demo": "service.cli.demo",
    "sandbox": "service.cli.sandbox",
    "migrate": "service.cli.migrate",
    "call": "service.cli.call",
    "operations": "service.cli.operations",
    "events": "service.cli.events",
    "vendors": "service.cli.vendors",
    "backfill": "service.cli.backfill",
    "config": "service.cli.config",
    "doctor": "service.cli.doctor",
    "subscribe": "service.cli.subscribe",
    "webhook-template": "service.cli.webhook_template",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name])
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command


@click.group(cls=_Commands)
@click.version_option(package_name="perezvon")
def main() -> None:
    """Perezvon carries a shop's call-back requests to the dialer and the help desk, and the answers back."""
