"""The only place of this app that writes: single acts (`acting`), rows from files and other systems (`entering`), looks at personal numbers."""

from mingjing.cases.actions.acting import act, correct
from mingjing.cases.actions.entering import Outcome, Reject, Trial, enter_all
from mingjing.cases.actions.revealing import reveal

__all__ = ["Outcome", "Reject", "Trial", "act", "correct", "enter_all", "reveal"]
