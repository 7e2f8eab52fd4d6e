"""`python -m tests.chaos --events 10000 --database sqlite|postgres --seed N`: the long form."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console

from tests.chaos import report
from tests.chaos.run import Scale, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vendor-faults", type=int, default=None, help="1 in 22 events unless given")
    parser.add_argument("--process-faults", type=int, default=None, help="1 in 75 events unless given")
    parser.add_argument("--gap", type=float, default=1.5, help="least seconds between two process faults")
    parser.add_argument("--log", type=Path, help="where to keep the service's log")
    given = parser.parse_args()
    vendor_faults = given.events // 22 if given.vendor_faults is None else given.vendor_faults
    process_faults = given.events // 75 if given.process_faults is None else given.process_faults
    console = Console()
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - began:6.0f} s  {text}", style="dim", highlight=False)

    result = run(
        given.database, given.seed, Scale(given.events, vendor_faults, process_faults, given.gap), say
    )
    if given.log:
        given.log.write_text(result.log, encoding="utf-8")
    report.show(console, result, f"{given.events} events on {given.database}, seed {given.seed}")
    missing = [name for name in report.kinds(result) if not result.fired[name]]
    if missing:
        console.print(f"did not strike: {', '.join(missing)}", style="red")
    if not result.noticed:
        console.print("nobody has noticed that the worker stopped listening", style="red")
    good = result.verdict.good and not missing and not result.sent.errors and result.noticed
    console.print("[bold green]nothing lost, nothing twice" if good else "[bold red]not good")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
