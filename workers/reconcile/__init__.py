"""Reconciliation: what the store holds and nobody told us of becomes an event.

`walk` decides which page of the store's list comes next, `rows` what a row becomes (both pure), `schedule`
says when. The walk as durable steps is `workers.flows.reconcile`.
"""
