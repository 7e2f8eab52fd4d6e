"""`perezvon sandbox`: the three vendors emulated."""

from __future__ import annotations

from typing import get_args

import click

from workers.vendors.sandbox import SandboxConfig
from workers.vendors.sandbox.config import EmptyList, Lists, Totals
from workers.vendors.sandbox.serve import serve


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8025, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--omnidesk-webhook", metavar="URL", help="Where staff replies are posted.")
@click.option("--cscart-hook", metavar="URL", help="Where new call requests are posted.")
@click.option(
    "--lenient",
    is_flag=True,
    help="Take what PHP vendors take though no document has it: forms instead of JSON, [] for no fields, "
    "unknown fields, a slash at the end, numbers for texts. Without it all that is refused by name.",
)
@click.option(
    "--lists",
    type=click.Choice(get_args(Lists)),
    default="object",
    show_default=True,
    help="Omnidesk's lists as objects, or as plain arrays without a total.",
)
@click.option(
    "--totals",
    type=click.Choice(get_args(Totals)),
    default="number",
    show_default=True,
    help="Omnidesk's total_count as a number or as a text.",
)
@click.option(
    "--empty",
    type=click.Choice(get_args(EmptyList)),
    default="total_count",
    show_default=True,
    help='An empty list of Omnidesk\'s: {"total_count": 0}, {"case": []} or "".',
)
@click.option(
    "--filters-by-custom-id",
    is_flag=True,
    help="Omnidesk's list of cases filters by user_custom_id; without it that is ignored.",
)
def sandbox(
    *,
    port: int,
    host: str,
    omnidesk_webhook: str | None,
    cscart_hook: str | None,
    lenient: bool,
    lists: Lists,
    totals: Totals,
    empty: EmptyList,
    filters_by_custom_id: bool,
) -> None:
    """Serve the three vendors, emulated as their documents describe them, without any log-in of your own.

    The page at / shows what each vendor holds; the control is under /sandbox: faults (among them notices
    around the JSON, answers that break off, errors with a good status), the quota, what people do by hand.
    The store answers at /cscart/api/2.0/… and at /cscart/api.php?_d=….
    """
    config = SandboxConfig(
        omnidesk_webhook_url=omnidesk_webhook,
        cscart_hook_url=cscart_hook,
        lenient=lenient,
        omnidesk_lists=lists,
        omnidesk_totals=totals,
        omnidesk_empty_list=empty,
        omnidesk_filters_by_custom_id=filters_by_custom_id,
    )
    click.echo(f"sandbox: http://{host}:{port}/")
    serve(config, host, port)
