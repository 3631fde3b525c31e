"""The only place that writes units, officers, duties, rosters and access outside the reach. Each function is one transaction with its ledger entry.

Every one takes `by`, a `Viewer`, and raises Forbidden, Refused (with the field at fault) or Conflict. Who may do what stands in `permissions.yaml`; an act
on a person or a unit needs the duty at a unit above it. Nobody changes the own duties or the own account. No password ever reaches the ledger.
"""

import mingjing.accounts.actions.names  # noqa: F401  names what the ledger keeps
from mingjing.accounts.actions.access import end_access, request_access, review_access
from mingjing.accounts.actions.assignments import end_duty, give_duty, withdraw_duty
from mingjing.accounts.actions.officers import (
    change_officer,
    deactivate,
    enrol,
    enrol_interface,
    found_administrator,
    reactivate,
    remove_second_factor,
    reset_password,
    transfer,
    unlock,
)
from mingjing.accounts.actions.shifts import put_on_shift, withdraw_shifts
from mingjing.accounts.actions.signing import change_own_password, end_other_sessions
from mingjing.accounts.actions.units import close_unit, found_unit, move_unit, rename_unit, reopen_unit

__all__ = [
    "change_officer", "change_own_password", "close_unit", "deactivate", "end_access", "end_duty", "end_other_sessions", "enrol", "enrol_interface",
    "found_administrator", "found_unit", "give_duty", "move_unit", "put_on_shift", "reactivate", "remove_second_factor", "rename_unit", "reopen_unit",
    "request_access", "reset_password", "review_access", "transfer", "unlock", "withdraw_duty", "withdraw_shifts",
]
