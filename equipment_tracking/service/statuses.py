"""What a refusal means to a caller, as an HTTP status."""

from __future__ import annotations

from collections.abc import Sequence

from equipment_tracking.register.answers import Violation

NOT_THERE = frozenset(
    {"unknown_asset", "unknown_reservation", "unknown_loan", "unknown_transport", "unknown_recall", "unknown_alarm"}
)
NOT_NOW = frozenset(
    {
        "not_in_state",
        "reserved",
        "emergency_reserve",
        "service_overdue",
        "id_taken",
        "on_its_way",
        "still_needed",
        "nothing_suggested",
    }
)


def status_of(violations: Sequence[Violation]) -> int:
    """404 for what does not exist, 409 when the present state does not allow it, 422 when the input is wrong."""
    rules = {violation.rule for violation in violations}
    if rules & NOT_THERE:
        return 404
    return 409 if rules and rules <= NOT_NOW else 422
