"""Self-contained HTML pages, for people: no script, no style sheet or image from elsewhere."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **context: Any) -> str:
    """Fill a template of ``training/templates``; whatever a shop wrote is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"interval": interval, "signed": signed}
    return environment.get_template(template).render(**context)


def interval(found: Any) -> str:
    """A mean with its limits, as ``0.3810 (0.3752 to 0.3868)``."""
    return f"{found.mean:.4f} ({found.low:.4f} to {found.high:.4f})"


def signed(found: Any) -> str:
    """A difference with its limits, as ``+0.0051 (-0.0007 to +0.0109)``."""
    return f"{found.mean:+.4f} ({found.low:+.4f} to {found.high:+.4f})"
