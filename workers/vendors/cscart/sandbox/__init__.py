"""The store emulated: its call requests and the hooks of its bundled Zapier add-on."""

from workers.vendors.cscart.sandbox.emulation import CsCart

__all__ = ["CsCart"]
