"""What walks of the store's list are called in the ledger."""

from __future__ import annotations

RECONCILE = "cscart.reconcile"
BACKFILL = "cscart.backfill"
SUBJECT = "cscart/call_requests"
"""Of both: a walk waits for the one before it."""

CURSOR = "cscart.call_requests"
"""The mark with `last`, the highest id that was seen (None before the first walk), and `since`, when this
ledger was first looked after: what the store held before that is not called, unless a person asks for it."""

NOTHING_NEW = "Nothing new."
