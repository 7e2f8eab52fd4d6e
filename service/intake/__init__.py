"""Turns what a sender delivered into an event in the ledger. No vendor calls."""
