"""The register of what does the work of each operation."""

from collections.abc import Callable, Iterable

from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.sandbox.wire import Answer

Handler = Callable[[Desk, Ask], Answer]


class Handlers:
    """Collects a module's handlers by the operation's name (without the vendor's)."""

    def __init__(self) -> None:
        self.by_name: dict[str, Handler] = {}

    def __call__(self, *names: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for name in names:
                self.by_name[f"omnidesk.{name}"] = handler
            return handler

        return register


def collect(registers: Iterable[Handlers]) -> dict[str, Handler]:
    return {name: handler for register in registers for name, handler in register.by_name.items()}
