"""The result as tables."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tests.chaos.plan import (
    COPY,
    PEOPLE,
    PROCESS_FAULTS,
    RESTORE,
    SLOWER_THAN_THE_TIMEOUT,
    VENDOR_FAULTS,
    VendorFault,
)
from tests.chaos.run import Result

# More of the same kind say nothing new.
MOST_SENTENCES = 20


def show(console: Console, result: Result, title: str) -> None:
    """Faults, traffic and verdict."""
    faults = Table(title=title, title_justify="left")
    faults.add_column("fault")
    faults.add_column("struck", justify="right")
    for name in kinds(result):
        faults.add_row(name, str(result.fired[name]))
    faults.add_section()
    faults.add_row("duplicated webhooks", str(result.plan.duplicates))
    faults.add_row("requests with replies in another order", str(result.plan.reordered))
    faults.add_row("of all kinds together", str(struck(result)), style="bold")
    console.print(faults)
    sent, verdict = result.sent, result.verdict
    lines = (*sent.lines.values(), *sent.untold.values())
    facts = Table(show_header=False)
    for name, value in (
        ("events accepted (2xx)", len({one.event_id for one in sent.taken})),
        ("  answered as a duplicate", sent.duplicates),
        ("sent again after a 503", sent.refused),
        ("sent again without an answer", sent.unanswered),
        ("any other answer", sum(sent.errors.values())),
        ("requests nobody told of, found by reconciliation", sum(one.silent for one in result.plan.stories)),
        ("  of a callback that was hours late", sum(one.late for one in result.plan.stories)),
        (
            "managers' lines in the store's notes",
            sum(map(len, lines)),
        ),
        ("calls to the vendors", result.calls),
        ("silent workers ended by the canary", result.restarts),
        ("silent connections that Celery dropped by itself", result.dropped),
        ("seconds", round(result.seconds)),
    ):
        facts.add_row(name, str(value))
    for state, number in sorted(result.states.items()):
        facts.add_row(f"events {state}", str(number))
    facts.add_section()
    for name, sentences in (
        ("lost", verdict.lost),
        ("twice", verdict.twice),
        ("out of order", verdict.out_of_order),
        ("not ended well", verdict.not_ended),
    ):
        facts.add_row(name, str(len(sentences)), style="bold red" if sentences else "bold green")
    console.print(facts)
    for sentence in (*verdict.lost, *verdict.twice, *verdict.out_of_order, *verdict.not_ended)[
        :MOST_SENTENCES
    ]:
        console.print(sentence, style="red", markup=False)
    for answer, number in sent.errors.items():
        console.print(f"{number} × {answer}", style="red", markup=False)


def kinds(result: Result) -> list[str]:
    """Every kind of fault in the plan."""
    planned = [one.name if isinstance(one, VendorFault) else one for one in result.plan.faults]
    order = [*PROCESS_FAULTS, *PEOPLE, COPY, RESTORE, *VENDOR_FAULTS, SLOWER_THAN_THE_TIMEOUT]
    return sorted(dict.fromkeys(planned), key=lambda one: order.index(one) if one in order else -1)


def struck(result: Result) -> int:
    """Faults that really struck, duplicated and reordered webhooks apart."""
    return sum(result.fired.values())
