"""Variables that another tool fills in: what holds one is no value yet."""

from __future__ import annotations

import re
from functools import cache


@cache
def _variable() -> re.Pattern[str]:
    return re.compile(r"\$\{[^}]*\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def is_template(text: str) -> bool:
    """Whether the text holds ``${VAR}``, ``{{ x }}`` or ``{% x %}``."""
    return "{" in text and ("${" in text or "{{" in text or "{%" in text) and _variable().search(text) is not None
