"""Characters that no text of people holds."""

from __future__ import annotations

import re

# control characters, and marks without a width that turn the direction of writing: a name could look like another. Tabs and line ends may stay.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
