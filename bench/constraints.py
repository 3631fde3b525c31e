"""The ten timed response constraints that both tools check on the road-fines log; `bench/road_fines/rules` says the same as rules.

Plain Python without imports, as it also runs in the other tool's environment.
"""

# rule code: activation, target, days of 24 hours
CONSTRAINTS = {
    "BR-001": ("Create Fine", "Send Fine", 90),
    "BR-002": ("Send Fine", "Insert Fine Notification", 90),
    "BR-003": ("Insert Fine Notification", "Add penalty", 60),
    "BR-004": ("Insert Fine Notification", "Insert Date Appeal to Prefecture", 60),
    "BR-005": ("Insert Date Appeal to Prefecture", "Send Appeal to Prefecture", 60),
    "BR-006": ("Send Appeal to Prefecture", "Receive Result Appeal from Prefecture", 120),
    "BR-007": ("Receive Result Appeal from Prefecture", "Notify Result Appeal to Offender", 60),
    "BR-008": ("Insert Fine Notification", "Appeal to Judge", 60),
    "BR-009": ("Add penalty", "Send for Credit Collection", 730),
    "BR-010": ("Insert Fine Notification", "Payment", 60),
}


def declare_model() -> str:
    """The constraints as Declare4Py reads them: activation condition, target condition and time, the first two empty."""
    activities = dict.fromkeys(name for first, then, _ in CONSTRAINTS.values() for name in (first, then))
    lines = [f"activity {name}" for name in activities]
    lines += [f"Response[{first}, {then}] | | |0,{days},d" for first, then, days in CONSTRAINTS.values()]
    return "\n".join(lines)
