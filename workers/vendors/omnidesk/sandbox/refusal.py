"""A refusal in Omnidesk's own style."""


class Refusal(Exception):
    """Becomes `{"error": "..."}` with its status (FIELD-NOTES, "Errors")."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def not_found(what: str) -> Refusal:
    """FIELD-NOTES: `case_not_found` was seen; the others are named alike."""
    return Refusal(404, f"{what}_not_found")


def wrong(name: str, why: str) -> Refusal:
    return Refusal(400, f"{name}: {why}")
