"""What a viewer may do in a case now: permission table, state and the rows at hand, without a single query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse

from mingjing.accounts.duties import table
from mingjing.accounts.scope import Viewer
from mingjing.accounts.scope import check as check_permission
from mingjing.cases.actions.acting import state
from mingjing.cases.acts import LISTED, Act, Times
from mingjing.cases.models import NOUNS, Case, Entry, Incident
from mingjing.cases.references import foreign_keys
from mingjing.lib.refused import Forbidden

# the groups of the menu, in the order in which a case goes
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("案件", ("case",)), ("当事人", ("party",)), ("传唤", ("summons", "restraint", "waiting")), ("询问讯问", ("interview", "attendance", "recording")),
    ("取证", ("inspection", "lineup", "appraisal")), ("强制措施", ("measure",)), ("期限", ("suspension", "extension")),
    ("告知与听证", ("notification", "hearing")), ("审核与监督", ("review", "recusal", "prosecutor_document")),
    ("处罚决定", ("decision", "service", "execution", "postponement", "disclosure")), ("财物", ("property_item", "loan")), ("救济", ("remedy",)),
)


@dataclass(frozen=True)
class Offer:
    """An act that can be done now at `url`, or that cannot, with the `reason` that its reader can do something about."""

    act: Act
    url: str
    reason: str = ""


class Offers:
    """`rows`: the rows of the case by table, to know what an act could refer to."""

    def __init__(self, viewer: Viewer, matter: Case | Incident, *, is_team: bool, rows: Mapping[str, Sequence[Entry]]):
        self.viewer, self.matter, self.is_team, self.rows = viewer, matter, is_team, rows
        self.open: dict[str, list[Act]] = {}
        self.closed: dict[str, list[tuple[Act, str]]] = {}
        self._referring: dict[str, list[tuple[Act, str]]] = {}
        for act in LISTED:
            is_of_matter = (act.table == "incident") == isinstance(matter, Incident)
            if not is_of_matter or (act.creates and act.table in ("case", "incident")):
                continue
            reason = hindrance(viewer, act.table, act.name, matter, is_team=is_team)
            if reason is None:
                self.open.setdefault(act.table, []).append(act)
            elif reason:
                self.closed.setdefault(act.table, []).append((act, reason))

    def menu(self) -> list[tuple[str, list[Offer]]]:
        """Acts on the case itself and acts that make a new row, by group."""
        groups = [(label, [offer for name in tables for offer in self._of_table(name)]) for label, tables in GROUPS]
        return [(label, offers) for label, offers in groups if offers]

    def _of_table(self, name: str) -> list[Offer]:
        if name == self.matter.table:
            return self.on(self.matter)
        makes = [self._making(act) for act in self.open.get(name, ()) if act.creates]
        return makes + [Offer(act, "", reason) for act, reason in self.closed.get(name, ()) if act.creates]

    def _making(self, act: Act) -> Offer:
        missing = self._missing(act)
        return Offer(act, "" if missing else create_url(act, self.matter.code), missing)

    def _missing(self, act: Act) -> str:
        for field in references_of(act):
            if field.name in act.required and not self.rows.get(field.related_model.table):
                return f"须先{creating(field.related_model.table).label}"
        return ""

    def about(self, row: Entry) -> list[Offer]:
        """What can be made that refers to a row; the form then has it filled in."""
        if row.table not in self._referring:
            self._referring[row.table] = self._about(type(row))
        return [Offer(act, f"{create_url(act, self.matter.code)}?{urlencode({name: row.code})}") for act, name in self._referring[row.table]]

    def on(self, row: Entry) -> list[Offer]:
        """What can be done to a row, and what cannot yet or not by this viewer, with the reason."""
        own = [act for act in self.open.get(row.table, ()) if not act.creates]
        offers = [Offer(act, act_url(act, row.code)) for act in own if act.applies(row)]
        offers += [Offer(act, "", f"须先{step.label}") for act in own if (step := waits_for(act, row)) and step not in own]
        offers += [Offer(act, "", reason) for act, reason in self.closed.get(row.table, ()) if not act.creates and act.applies(row)]
        return offers

    def _about(self, model: type[Entry]) -> list[tuple[Act, str]]:
        making = [act for acts in self.open.values() for act in acts if act.creates and not self._missing(act)]
        named = [(act, [field.name for field in references_of(act) if field.related_model is model]) for act in making]
        return [(act, names[0]) for act, names in named if names]

    def corrects(self, name: str) -> bool:
        return hindrance(self.viewer, name, "correct", self.matter, is_team=self.is_team) is None


def hindrance(viewer: Viewer, kind: str, act: str, matter: Case | Incident, *, is_team: bool) -> str | None:
    """Why the viewer cannot do this act in this case now: None if he can, a sentence if it is worth telling, empty if it is simply not his to do."""
    row, now = table().permission(kind, act), state(matter)

    def passes(**changed: object) -> bool:
        given = {"kind": kind, "act": act, "unit_path": matter.unit.path, "is_team": is_team, "state": now, **changed}
        try:
            check_permission(viewer, **given)
        except Forbidden:
            return False
        return True

    if passes():
        return None
    if row.not_own and passes(is_team=False):
        return "本案承办人不能办理，须由他人办理"
    order = table().states[kind]
    if row.states and passes(state="") and all(order.index(allowed) > order.index(now) for allowed in row.states):
        return f"案件{min(row.states, key=order.index)}之后才能办理"
    return ""


def waits_for(act: Act, row: Entry) -> Act | None:
    """The step before, when the act waits for it and nothing else stands in its way."""
    if not (isinstance(act.applies, Times) and act.applies.waits(row) and act.applies.is_undone(row)):
        return None
    return next((step for step in LISTED if step.table == act.table and step.at == act.applies.first and step.applies(row)), None)


def references_of(act: Act) -> list[models.ForeignKey]:
    """The act's fields that name another row of the same case."""
    return [field for field in foreign_keys(NOUNS[act.table]) if field.name in act.fields and issubclass(field.related_model, Entry)]


def creating(name: str) -> Act:
    """The act that makes a row of a table."""
    return next(act for act in LISTED if act.table == name and act.creates)


def create_url(act: Act, case: str) -> str:
    return reverse("cases:create", args=[case, act.table, act.name])


def act_url(act: Act, code: str) -> str:
    return reverse("cases:act", args=[act.table, code, act.name])


