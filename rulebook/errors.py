"""Faults that somebody can mend: collected, located, told in Chinese and English.

A `Fault` says where, what is wrong and what to do. `RuleError` and `SourceError` carry all faults found in one pass, so that an author
mends a file once. Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One message in the two languages of the command line."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        return self.en if language == "en" else self.zh

    def __str__(self) -> str:
        return self.zh


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `path` is the file as the user named it; `line` counts from 1, 0 when a line makes no sense."""

    path: str
    line: int
    what: Text
    fix: Text

    def say(self, language: str = "zh") -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        arrow = "  → "
        return f"{place}: {self.what.say(language)}\n{arrow}{self.fix.say(language)}"


class BadInput(Exception):
    """Input that cannot be used as it is; `faults` holds everything found, in file and line order."""

    def __init__(self, faults: list[Fault] | tuple[Fault, ...]):
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.path, fault.line, fault.what.zh)))
        super().__init__(self.say())

    def say(self, language: str = "zh") -> str:
        return "\n".join(fault.say(language) for fault in self.faults)


class RuleError(BadInput):
    """A rule file, the vocabulary, the statute list or a mapping is wrong."""


class SourceError(BadInput):
    """A source of facts cannot be read at all. Single bad rows do not raise: they go to the rejects table."""
