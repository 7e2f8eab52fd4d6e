"""The running sandbox: its vendors, and what is shared between them, behind one lock."""

import threading
from collections.abc import Callable

from workers.vendors.cscart.sandbox import CsCart
from workers.vendors.obzvonilka.sandbox import Obzvonilka
from workers.vendors.omnidesk.sandbox import Omnidesk
from workers.vendors.sandbox.callbacks import Callback, Callbacks
from workers.vendors.sandbox.config import SandboxConfig
from workers.vendors.sandbox.faults import Faults
from workers.vendors.sandbox.journal import Log
from workers.vendors.sandbox.quota import Quota, QuotaSettings
from workers.vendors.sandbox.vendor import Vendor


class Sandbox:
    """Everything lives in memory; whoever touches it holds `lock`. Delays and callbacks happen outside it."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.journal = Log()
        self.sent = Log()
        self.faults = Faults()
        self.callbacks = Callbacks(self._callback_done)
        self._put_off: list[Callable[[], object]] = []
        self.quota = Quota(QuotaSettings.of(config))
        self._build()

    def _build(self) -> None:
        self.omnidesk = Omnidesk(self.config, self.quota, self.callbacks.fire)
        self.cscart = CsCart(self.config, self.callbacks.fire)
        self.obzvonilka = Obzvonilka(self.config)

    @property
    def vendors(self) -> tuple[Vendor, ...]:
        return (self.omnidesk, self.cscart, self.obzvonilka)

    def reset(self) -> None:
        """Back to how it was started."""
        self.journal.clear()
        self.sent.clear()
        self.faults.clear()
        self._put_off.clear()
        self.quota.settings = QuotaSettings.of(self.config)
        self.quota.clear()
        self._build()

    def put_off(self, work: Callable[[], object], seconds: float) -> None:
        """Have the work done so much later, as a vendor goes on whose client has given up."""
        self._put_off.append(work)
        timer = threading.Timer(seconds, self._catch_up, (work,))
        timer.daemon = True
        timer.start()

    def catch_up(self) -> int:
        """Do now what was put off; gives how much that was."""
        return sum(self._catch_up(work) for work in list(self._put_off))

    def _catch_up(self, work: Callable[[], object]) -> bool:
        with self.lock:
            if work not in self._put_off:
                return False
            self._put_off.remove(work)
            work()
            return True

    def vendor(self, name: str) -> Vendor:
        return next(vendor for vendor in self.vendors if vendor.name == name)

    def _callback_done(
        self, callback: Callback, status: int | None, error: str | None, seconds: float
    ) -> None:
        with self.lock:
            self.sent.add(
                vendor=callback.vendor,
                event=callback.event,
                url=callback.shown_url(),
                content_type=callback.content_type,
                fields=callback.fields,
                status=status,
                error=error,
                seconds=round(seconds, 3),
            )
