"""People, their windows, and the running city, as the journeys speak of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    """A running installation and the people who can sign in. `sessions`: the cookies of those who have, so that each types a password once."""

    url: str
    data: Path
    people: list[Person]
    sessions: dict[str, Any] = field(default_factory=dict)

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

    @property
    def text(self) -> str:
        """What the page says."""
        return self.page.inner_text("main")

    def status(self, path: str) -> int:
        return self.page.goto(self.city.url + path).status

    def fill(self, **values: str | bool) -> None:
        """Fill in the form of the page, by the names of its fields."""
        for name, value in values.items():
            control = self.page.locator(f"main form [name={name}]")
            if control.evaluate("control => control.tagName") == "SELECT":
                control.select_option(value)
            elif control.get_attribute("type") == "checkbox":
                control.set_checked(bool(value))
            else:
                control.fill(value)

    def send(self) -> str:
        """Send the form of the page; what the page that answers says."""
        with self.page.expect_navigation():
            self.page.click("main form[data-keep] button[type=submit]")
        return self.text

    def press(self, label: str) -> str:
        """Press the button or follow the link that is called exactly so; what the page then says."""
        with self.page.expect_navigation():
            self.page.locator("main").locator("a:visible, button:visible", has_text=re.compile(rf"^\s*{re.escape(label)}\s*$")).first.click()
        return self.text

    def offers(self) -> list[str]:
        """What can be done with an alert on its page now."""
        return self.page.locator(".alert-acts .button").all_inner_texts()

    def shoot(self, name: str, *, whole: bool = True) -> None:
        """A picture of the whole page, or of what stands on the screen; without the word of a notice that has just come and lies over it."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("document.getElementById('toast')?.replaceChildren()")
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole, caret="initial")  # hiding it leaves a mark on every field


def read_people(file: Path) -> list[Person]:
    """The table that `mingjing demo` leaves: duty, name, police number, password … separated by tabs or wide spaces."""
    people = []
    for line in file.read_text(encoding="utf-8").splitlines():
        cells = [cell for cell in re.split(r"\t+|\s{2,}|｜|\|", line.strip()) if cell]
        if len(cells) >= 4 and cells[2].isalnum() and any(sign.isdigit() for sign in cells[2]):
            people.append(Person(*cells[:4]))
    assert people, f"no people in {file.name}"
    return people
