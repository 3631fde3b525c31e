"""People, their windows, and the running city, as the journeys speak of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Person:
    duty: str
    name: str
    code: str
    password: str


@dataclass
class City:
    """A running installation with the small synthetic city in it."""

    url: str
    data: Path
    people: list[Person]

    def person(self, duty: str, name: str = "") -> Person:
        return next(person for person in self.people if person.duty == duty and name in person.name)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "MINGJING_DATA": str(self.data)}


@dataclass
class Visit:
    """A browser window of one person, and everything that went wrong in it."""

    page: Page
    city: City
    faults: list[str]

    def open(self, path: str) -> None:
        self.page.goto(self.city.url + path)

    def sign_in(self, person: Person) -> None:
        self.open("/account/login/")
        self.page.fill("input[name=login]", person.code)
        self.page.fill("input[name=password]", person.password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(self.city.url + "/")

    def shoot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def read_people(file: Path) -> list[Person]:
    """The table that `mingjing demo` leaves: duty, name, police number, password … separated by tabs or wide spaces."""
    people = []
    for line in file.read_text(encoding="utf-8").splitlines():
        cells = [cell for cell in re.split(r"\t+|\s{2,}|｜|\|", line.strip()) if cell]
        if len(cells) >= 4 and cells[2].isalnum() and any(sign.isdigit() for sign in cells[2]):
            people.append(Person(*cells[:4]))
    assert people, f"no people in {file.name}"
    return people
