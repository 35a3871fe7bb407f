"""Self-contained HTML pages, for people: no script, no style sheet or image from elsewhere."""

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from training.intervals import Interval, verdict

TEMPLATES = Path(__file__).parent / "templates"

NOTHING = "–"
"""What a page shows for a figure that is not defined."""

TASKS = {
    "all": "any purchase",
    "new": "products new to the customer",
    "unseen": "products that the customer neither bought nor looked at",
}
NAMES = {"ndcg": "NDCG", "map": "MAP", "mrr": "MRR", "gini": "Gini"}
"""How a figure is written, where it is not its name in words."""

COLOURS = {"better": "#12703a", "worse": "#b3261e", "level": "#5b6774"}
"""What a difference is drawn in."""

Limits = Interval | Mapping[str, float | None]
"""``mean``, ``low`` and ``high``; NaN, in JSON None, where a figure is not defined."""

WIDTH, HEIGHT = 150, 14
"""Of the drawing of an interval, in pixels."""


def render(template: str, **context: Any) -> str:
    """Fill a template of ``training/templates``; whatever a shop wrote is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {function.__name__: function for function in FILTERS}
    return environment.get_template(template).render(**context)


def interval(found: Limits) -> Markup:
    """A mean with its limits, as ``0.3810 0.3752 to 0.3868``, the limits in small letters."""
    return _told(found, ".4f")


def signed(found: Limits) -> Markup:
    """A difference with its limits, as ``+0.0051 -0.0007 to +0.0109``."""
    return _told(found, "+.4f")


def _told(found: Limits, form: str) -> Markup:
    limits = _limits(found)
    if limits is None:
        return Markup(NOTHING)
    shown = [format(value, form) for value in limits]
    return Markup("{} <small>{} to {}</small>").format(*shown)


def _limits(found: Limits) -> tuple[float, float, float] | None:
    """Mean, low and high; None if one of them is not defined."""
    given = found if isinstance(found, Mapping) else vars(found)
    mean, low, high = given["mean"], given["low"], given["high"]
    if mean is None or low is None or high is None or math.isnan(mean + low + high):
        return None
    return mean, low, high


def drawn(found: Limits, scale: float) -> Markup:
    """A difference as a dot on its interval beside a line at zero; ``scale`` reaches the edge."""
    limits = _limits(found)
    if limits is None or not scale:
        return Markup("")
    mean, low, high = limits
    x = [WIDTH / 2 * (1 + min(max(value / scale, -1), 1)) for value in (mean, low, high)]
    colour = COLOURS[verdict(Interval(mean, low, high))]
    middle = HEIGHT / 2
    return Markup(
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{mean:+.4f}">'
        f'<line x1="{WIDTH / 2}" x2="{WIDTH / 2}" y1="0" y2="{HEIGHT}" stroke="#b8c1cc"/>'
        f'<line x1="{x[1]:.1f}" x2="{x[2]:.1f}" y1="{middle}" y2="{middle}" stroke="{colour}" '
        f'stroke-width="3"/><circle cx="{x[0]:.1f}" cy="{middle}" r="4" fill="{colour}"/></svg>'
    )


def reach(differences: Iterable[Limits]) -> float:
    """How far from zero the limits of all differences go; 0 if none is defined."""
    defined = [limits for found in differences if (limits := _limits(found))]
    return max((abs(end) for _, low, high in defined for end in (low, high)), default=0.0)


def metric_words(name: str) -> str:
    """A metric as people say it, with the length of the list where it has one.

    >>> metric_words("ndcg_at_10"), metric_words("hit_rate_at_10"), metric_words("gini")
    ('NDCG@10', 'hit rate@10', 'Gini')
    """
    word, _, k = name.partition("_at_")
    spoken = NAMES.get(word, word.replace("_", " "))
    return f"{spoken}@{k}" if k else spoken


def task_words(name: str) -> str:
    """A task as people say it; its name where there are no words for it."""
    return TASKS.get(name, name)


def plain(text: str) -> str:
    """Text in which metrics and tasks go by their names, as people say them.

    >>> plain("all/ndcg_at_10 against champion 3"), plain("coverage, new")
    ('NDCG@10 of any purchase against champion 3', 'coverage, products new to the customer')
    >>> plain("cold customers, unseen")
    'cold customers, products that the customer neither bought nor looked at'
    """
    tasks = "|".join(TASKS)
    text = re.sub(rf"\b({tasks})/(\w+_at_\d+)", r"\2 of \1", text)
    text = re.sub(r"\w+_at_\d+", lambda found: metric_words(found[0]), text)
    return re.sub(rf"( of |, )({tasks})\b(?= against|:|$)", _task, text)


def _task(found: re.Match[str]) -> str:
    return found[1] + TASKS[found[2]]


def percent(share: float | None, digits: int = 1) -> str:
    """A share of one as a percentage."""
    return NOTHING if share is None else f"{100 * share:.{digits}f} %"


def counted(number: object) -> str:
    """A number of things, thousands apart; what is no number stays as it is.

    >>> counted("1460438"), counted("")
    ('1,460,438', '')
    """
    return f"{int(str(number)):,}" if str(number).isdigit() else str(number)


def day(moment: object) -> str:
    """The day of a moment that is written year first.

    >>> day("2017-12-04 04:01:20"), day("a random fifth of the purchases")
    ('2017-12-04', 'a random fifth of the purchases')
    """
    text = str(moment)
    return text[:10] if text[:4].isdigit() else text


def sentence(words: str) -> str:
    """The words with a capital letter and a full stop."""
    return f"{words[:1].upper()}{words[1:]}." if words else ""


FILTERS = (
    interval,
    signed,
    drawn,
    reach,
    metric_words,
    task_words,
    plain,
    percent,
    counted,
    day,
    sentence,
)
"""What the templates may say behind a bar."""
