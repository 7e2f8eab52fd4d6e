"""The page at `/`: what each vendor holds, the quota, the last calls and callbacks, the faults in force."""

from flask import Blueprint, render_template

from workers.vendors.sandbox.runtime import Sandbox

TAIL = 30
REFRESH_SECONDS = 3
TITLES = {"omnidesk": "Omnidesk", "cscart": "CS-Cart", "obzvonilka": "Obzvonilka"}


def blueprint(sandbox: Sandbox) -> Blueprint:
    page = Blueprint("page", __name__)

    @page.get("/")
    def index() -> str:
        with sandbox.lock:
            facts = {
                "vendors": [(TITLES[vendor.name], vendor.holdings()) for vendor in sandbox.vendors],
                "quota": sandbox.quota.description(),
                "calls": sandbox.journal.tail(TAIL),
                "callbacks": sandbox.sent.tail(TAIL),
                "faults": [fault.description() for fault in sandbox.faults.all()],
            }
        return render_template("sandbox.html", refresh=REFRESH_SECONDS, **facts)

    return page
