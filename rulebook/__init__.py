"""rulebook: dated law as rules, facts as tables, findings as the answer. Plain Python; no Django, no clock, no network.

>>> rules = load_rules("rules")
>>> facts = open_source("facts/", rules.vocabulary)
>>> for finding in evaluate(rules, facts, at): ...
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FACE = {
    "BadInput": "errors", "Fault": "errors", "RuleError": "errors", "SourceError": "errors", "Facts": "facts", "Finding": "evaluation",
    "Evaluation": "evaluation", "evaluate": "evaluation", "Rule": "rules", "RuleSet": "rules", "load_rules": "rules", "open_source": "sources",
    "Vocabulary": "vocabulary", "load_vocabulary": "vocabulary",
}


def __getattr__(name: str) -> Any:
    """Names load when first used, so that a worker that only reads a file does not load the engine."""
    if name not in _FACE:
        raise AttributeError(f"module 'rulebook' has no attribute {name!r}")
    return getattr(import_module(f"rulebook.{_FACE[name]}"), name)
