"""`perezvon call`: any documented call of a vendor, from the command line.

The vendor's JSON goes to stdout and nothing else does. A vendor's error is one sentence on stderr and exit
status 1; input that is wrong is named and refused with status 2 before anything is sent.
"""

from __future__ import annotations

import os
from typing import Any

import click
from click.shell_completion import CompletionItem

from service.cli import given, output
from service.cli.accounts import load_account
from service.cli.given import Refused
from service.settings import SettingsError
from workers.vendors import tables
from workers.vendors.errors import Rejected, VendorError
from workers.vendors.operation import InvalidInput, Operation
from workers.vendors.registry import OPERATIONS
from workers.vendors.transport import Transport


class Failed(click.ClickException):
    """The vendor did not do it. One line on stderr, exit status 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(" ".join(self.message.split()), file=file, err=True)


class _Operations(click.Group):
    """A command for each operation, made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(OPERATIONS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        return _Call(OPERATIONS[cmd_name]) if cmd_name in OPERATIONS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in OPERATIONS and not args[0].startswith("-"):
            near = tables.suggest(args[0], OPERATIONS)
            raise Refused(f"there is no operation {args[0]}{near or '; `perezvon operations` lists them'}")
        return super().resolve_command(ctx, args)


class _Call(click.Command):
    """One operation, with the help that its tables give."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        takes_query = bool(tables.facts(operation.query))
        takes_fields = bool(tables.facts(operation.body))
        super().__init__(
            name=operation.name,
            callback=self._run,
            short_help=operation.about,
            params=[
                click.Argument(
                    ["values"],
                    nargs=-1,
                    metavar=" ".join(f"{name}=VALUE" for name in operation.parameters) or "",
                    shell_complete=self._complete_values,
                ),
                click.Option(
                    ["--query"],
                    multiple=True,
                    metavar="NAME=VALUE",
                    help="A parameter of the address; NAME[]=VALUE for lists.",
                    hidden=not takes_query,
                    shell_complete=self._complete_query,
                ),
                click.Option(
                    ["--json", "fields"],
                    metavar="FIELDS",
                    help="The fields as a JSON object; @PATH reads a file, - reads stdin.",
                    hidden=not takes_fields,
                ),
                click.Option(
                    ["--file"],
                    multiple=True,
                    metavar="FIELD=PATH",
                    help="A file to send along.",
                    hidden=not operation.files,
                    shell_complete=self._complete_files,
                ),
            ],
        )

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        output.describe(self.operation, formatter)

    def _run(
        self, values: tuple[str, ...], query: tuple[str, ...], fields: str | None, file: tuple[str, ...]
    ) -> None:
        operation = self.operation
        call: dict[str, Any] = {
            "path": given.path_values(operation, values),
            "query": given.query(operation, query),
            "body": given.fields(operation, fields),
            "files": given.files(operation, file),
        }
        try:
            # Before the settings: a mistake in the call is there whoever makes it.
            operation.check(**call)
            transport = Transport({operation.vendor: load_account(os.environ, operation.vendor)})
            answer = transport.send(operation, **call)
        except (InvalidInput, SettingsError) as error:
            raise Refused(str(error)) from None
        except VendorError as error:
            raise Failed(_sentence(error)) from None
        output.print_json(answer.data)

    def _complete_values(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        del param
        done = {word.partition("=")[0] for word in ctx.params.get("values") or ()}
        return _starting(
            incomplete, [(f"{name}=", "") for name in self.operation.parameters if name not in done]
        )

    def _complete_query(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        del ctx, param
        known = tables.facts(self.operation.query)
        if "=" in incomplete:
            name = incomplete.partition("=")[0]
            words = next((fact.choices for fact in known if fact.name == name.removesuffix("[]")), ())
            return _starting(incomplete, [(f"{name}={word}", "") for word in words])
        return _starting(incomplete, [(f"{fact.name}=", fact.about) for fact in known])

    def _complete_files(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        del ctx, param
        return _starting(incomplete, [(f"{name}=", "") for name in self.operation.files])


def _starting(incomplete: str, words: list[tuple[str, str]]) -> list[CompletionItem]:
    return [CompletionItem(word, help=about or None) for word, about in words if word.startswith(incomplete)]


def _sentence(error: VendorError) -> str:
    """What happened, with the vendor's own code where the sentence has not said it."""
    text = error.sentence.rstrip(".")
    if error.code and error.code not in text:
        text += f": {error.code}"
    if isinstance(error, Rejected) and error.fields:
        text += "".join(f"; {name} {words}" for name, words in error.fields.items())
    return f"{text}."


@click.group(cls=_Operations, subcommand_metavar="OPERATION [NAME=VALUE]... [OPTIONS]")
def call() -> None:
    """Send one documented call to a vendor and print the JSON that comes back.

    `perezvon call OPERATION --help` shows what it takes. Only the settings of that vendor have to be there.
    """
