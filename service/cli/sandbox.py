"""`perezvon sandbox`: the three vendors emulated."""

from __future__ import annotations

import click

from workers.vendors.sandbox import SandboxConfig
from workers.vendors.sandbox.serve import serve


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8025, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--omnidesk-webhook", metavar="URL", help="Where staff replies are posted.")
@click.option("--cscart-hook", metavar="URL", help="Where new call requests are posted.")
def sandbox(port: int, host: str, omnidesk_webhook: str | None, cscart_hook: str | None) -> None:
    """Serve the three vendors, emulated as their documents describe them, without any log-in of your own.

    The page at / shows what each vendor holds; the control is under /sandbox.
    """
    config = SandboxConfig(omnidesk_webhook_url=omnidesk_webhook, cscart_hook_url=cscart_hook)
    click.echo(f"sandbox: http://{host}:{port}/")
    serve(config, host, port)
