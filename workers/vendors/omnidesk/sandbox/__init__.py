"""Omnidesk emulated, from its own document (see `document`) and FIELD-NOTES."""

from workers.vendors.omnidesk.sandbox.emulation import Omnidesk

__all__ = ["Omnidesk"]
