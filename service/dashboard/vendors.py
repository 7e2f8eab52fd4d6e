"""Pause, resume and try, from the overview's cards."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from service.api import acts
from service.api.vendor_queries import TITLES
from service.dashboard.login import operator
from service.ledger.life import MoveRefused


def pause(name: str) -> ResponseReturnValue:
    """Stop calling the vendor."""
    acts.pause(name, operator())
    flash(f"{TITLES[name]} is paused; its events wait until somebody resumes it.")
    return redirect(url_for("dashboard.overview"), 303)


def resume(name: str) -> ResponseReturnValue:
    """Call the vendor again."""
    acts.resume(name, operator())
    flash(f"{TITLES[name]} is called again; what waited for it goes on.")
    return redirect(url_for("dashboard.overview"), 303)


def try_now(name: str) -> ResponseReturnValue:
    """Make one call to the vendor now."""
    try:
        acts.try_now(name, operator())
        flash(f"{TITLES[name]} is tried with the next call.")
    except MoveRefused as error:
        flash(str(error), "warning")
    return redirect(url_for("dashboard.overview"), 303)
