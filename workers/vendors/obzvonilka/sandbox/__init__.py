"""Obzvonilka, the dialer, emulated: contact bases, contacts, the organisation's users."""

from workers.vendors.obzvonilka.sandbox.emulation import Obzvonilka

__all__ = ["Obzvonilka"]
