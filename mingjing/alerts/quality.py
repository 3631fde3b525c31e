"""How right the rules are, from what people decided about their alerts: plain arithmetic, no Django.

Precision with Wilson's interval: honest for few alerts, where the plain share pretends too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.96  # 95 %
LAST = 50  # alerts judged last that decide about a rule
LEAST = 10  # judged alerts before anything is decided
LINE = 0.7  # house parameter (参数，非法定): below it a rule goes back to trial


@dataclass(frozen=True)
class Share:
    """`hits` of `judged`, with the bounds of the interval; all None while nothing is judged."""

    hits: int
    judged: int

    @property
    def value(self) -> float | None:
        return self.hits / self.judged if self.judged else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval."""
        if not self.judged:
            return None
        share, squared = self.hits / self.judged, Z * Z / self.judged
        middle, half = share + squared / 2, Z * sqrt(share * (1 - share) / self.judged + squared / (4 * self.judged))
        return max(0.0, (middle - half) / (1 + squared)), min(1.0, (middle + half) / (1 + squared))


def falls_below(share: Share, line: float = LINE) -> bool:
    """Whether a rule is to go back to trial: enough alerts are judged, and even the plain share is below the line."""
    return share.judged >= LEAST and share.hits / share.judged < line
