"""`perezvon webhook-template`: what to paste at a vendor that lets its administrators write the webhook."""

from __future__ import annotations

import json

import click

# FIELD-NOTES, Omnidesk rule webhook: ids only, for a customer's text would break the JSON around it, and a
# literal for the event's type, which Omnidesk does not tell.
OMNIDESK = {
    "event_type": "case.updated",
    "case_id": "[case_id]",
    "last_message_id": "[last_message_id]",
    "staff_id": "[staff_id]",
    "user_id": "[user_id]",
}

_WHERE = """\
Paste the line above into Omnidesk:
  1. As administrator: Channels > Rules (Каналы > Правила), a rule for changed cases (изменённые обращения).
  2. Action "Execute webhook" ("Выполнить вебхук"): method POST, format JSON.
  3. Address: {url}/webhooks/omnidesk/rule/<OMNIDESK_WEBHOOK_TOKEN>
     with the value of that setting at its end, instead of its name.
  4. Body: the line above. Only ids stand in it: a customer's text could break the JSON.
  5. Headers: none are needed. The test request that Omnidesk sends has no case and is answered 200."""


@click.group()
def webhook_template() -> None:
    """Print what to paste at a vendor."""


@webhook_template.command()
@click.option("--url", default="https://HOST", show_default=True, help="This service's address.")
def omnidesk(url: str) -> None:
    """Print the body for a rule's action "Execute webhook", and (on stderr) where to paste it."""
    click.echo(json.dumps(OMNIDESK))
    click.echo(_WHERE.format(url=url.rstrip("/")), err=True)
