"""`perezvon config`: the file perezvon.toml checked, shown, tried out."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from service import settings
from service.cli import settings_shown
from service.config import in_force, json_schema, load
from service.config.in_force import Row
from service.config.load import ConfigError
from service.config.model import Config
from service.settings import SettingsError

DEFAULT_FILE = Path("perezvon.toml")


class _Config(click.Group):
    """`try` needs the flows, which the other commands need not wait for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), "try"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "try":
            return super().get_command(ctx, cmd_name)
        command: click.Command = importlib.import_module("service.cli.config_try").try_event
        return command


@click.group(cls=_Config)
def config() -> None:
    """Check perezvon.toml, show what is in force, try a change before it is."""


@config.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check(file: Path | None) -> None:
    """Check FILE (else that of PEREZVON_CONFIG, else ./perezvon.toml) and name every mistake in it.

    Exit status 1 when there is one. Nothing is sent, and no other setting is looked at.
    """
    try:
        named = _named()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    path = file or named or DEFAULT_FILE
    if not file and not named and not path.exists():
        raise click.ClickException(
            "there is no file to check: name it, or set PEREZVON_CONFIG. Without one the defaults hold; "
            "perezvon.example.toml shows what can be said."
        )
    try:
        load.read(path)
    except ConfigError as error:
        click.echo(str(error))
        count = len(error.mistakes)
        click.echo(f"{path}: {count} mistake{'s' if count > 1 else ''}", err=True)
        sys.exit(1)
    click.echo(f"{path}: good{_not_in_force(path, named)}")


@config.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON: key, value and source of each.")
def show(as_json: bool) -> None:
    """Show what is in force and where each value came from. Secrets are hidden.

    Exit status 1 when a setting or the file is wrong; what can be shown is shown all the same.
    """
    environment, wrong = settings_shown.rows(os.environ)
    loaded = None
    try:
        path = _named()
        loaded = load.read(path) if path else None
    except SettingsError:
        pass  # said by settings_shown
    except ConfigError as error:
        wrong += [f"PEREZVON_CONFIG: {mistake}" for mistake in error.mistakes]
    broken = any(one.startswith("PEREZVON_CONFIG") for one in wrong)
    file = [] if broken else in_force.rows(loaded.config if loaded else Config(), loaded)
    if as_json:
        data: list[dict[str, Any]] = [vars(row) for row in (*environment, *file)]
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        title = loaded.file if loaded else "perezvon.toml (none: PEREZVON_CONFIG is not set)"
        _print("settings", environment)
        _print(title, file)
    for one in wrong:
        click.echo(f"wrong: {one}", err=True)
    if wrong:
        sys.exit(1)


@config.command()
def schema() -> None:
    """Print the JSON Schema of perezvon.toml, for editors (published as docs/perezvon.schema.json)."""
    click.echo(json_schema.text(), nl=False)


def _named() -> Path | None:
    """The file that PEREZVON_CONFIG names, or the file that PEREZVON_CONFIG_FILE names names."""
    only = {name: value for name, value in os.environ.items() if name.startswith("PEREZVON_CONFIG")}
    named = settings.resolve_files(only).get("PEREZVON_CONFIG", "").strip()
    return Path(named) if named else None


def _not_in_force(path: Path, named: Path | None) -> str:
    if named is None:
        return " (not in force: PEREZVON_CONFIG is not set)"
    if path.absolute() != named.absolute():
        return f" (not in force: PEREZVON_CONFIG names {named})"
    return ""


def _print(title: str, rows: list[Row]) -> None:
    if not rows:
        return
    click.echo(f"# {title}")
    written = [(f"{row.key} = {_value(row.value)}", row.source) for row in rows]
    width = min(max(len(text) for text, _ in written), 70)
    for text, source in written:
        click.echo(f"{text:<{width}}  # {source}")
    click.echo()


def _value(value: Any) -> str:
    if value is None:
        return "(none)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 90 else f"{text[:87]}…"
