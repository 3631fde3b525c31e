"""How large a city is: three sizes, each with the figures that the generator needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """`weeks`: length of the history; `live`: share of the units where somebody is under summons at this moment, and the like;
    `faults`: planted faults a rule; `for_house`: also write what only the platform keeps (ID numbers, texts, teams, duties).
    """

    cases: int
    incidents: int
    weeks: int
    branches: int
    stations: int
    centres: int
    officers: int
    squads: int
    live: float
    faults: int
    for_house: bool = True
    chunk: int = 100_000  # cases that are made at a time: bounds the memory


SIZES = {
    "small": Plan(cases=2_400, incidents=8_000, weeks=64, branches=3, stations=8, centres=2, officers=150, squads=1, live=0.8, faults=2),
    "year": Plan(cases=60_000, incidents=300_000, weeks=56, branches=13, stations=190, centres=23, officers=6_000, squads=3, live=0.15, faults=10),
    "city": Plan(cases=1_000_000, incidents=3_000_000, weeks=150, branches=13, stations=190, centres=23, officers=6_000, squads=3, live=0.15, faults=100,
                 for_house=False),
}
