"""The desk on which a process judges changed matters: made once for the rules as they stand, and anew when these or what the bureau keeps have changed."""

from __future__ import annotations

from collections.abc import Collection
from threading import Lock

from mingjing.alerts.library import Library
from mingjing.cases.vocabulary import vocabulary
from rulebook.desk import Desk

MAKING = Lock()
_last: list[tuple[Library, frozenset[str], Desk]] = []


def desk_of(rules: Library, kept: Collection[str]) -> Desk:
    with MAKING:
        if not _last or _last[0][0] is not rules or _last[0][1] != kept:
            _last[:] = [(rules, frozenset(kept), Desk(rules, vocabulary(), kept))]
        return _last[0][2]
