"""What a page shows for a figure, a name, a moment."""

import re

import pytest

from training import pages

BETTER = {"mean": 0.02, "low": 0.01, "high": 0.04}
WORSE = {"mean": -0.02, "low": -0.04, "high": -0.01}
LEVEL = {"mean": 0.0, "low": -0.01, "high": 0.01}
NOT_MEASURED = {"mean": None, "low": None, "high": None}


def test_a_mean_is_shown_with_its_limits_and_nothing_as_a_dash() -> None:
    assert str(pages.interval(BETTER)) == "0.0200 <small>0.0100 to 0.0400</small>"
    assert str(pages.signed(WORSE)) == "-0.0200 <small>-0.0400 to -0.0100</small>"
    assert str(pages.interval(NOT_MEASURED)) == pages.NOTHING


def test_a_difference_is_drawn_where_it_lies_beside_zero() -> None:
    """Zero is at 75 of 150 pixels and the scale of 0.04 at 150: 0.01 is 18.75 to the right."""
    drawing = pages.drawn(BETTER, 0.04)
    assert re.findall(r'x1="([\d.]+)" x2="([\d.]+)"', drawing) == [
        ("75.0", "75.0"),
        ("93.8", "150.0"),
    ]
    assert 'cx="112.5"' in drawing


@pytest.mark.parametrize(
    ("difference", "colour"), [(BETTER, "#12703a"), (WORSE, "#b3261e"), (LEVEL, "#5b6774")]
)
def test_a_difference_has_the_colour_of_its_verdict(
    difference: dict[str, float | None], colour: str
) -> None:
    assert f'fill="{colour}"' in pages.drawn(difference, 0.04)


def test_what_is_not_measured_is_not_drawn() -> None:
    assert pages.drawn(NOT_MEASURED, 1.0) == ""
    assert pages.drawn(LEVEL, 0.0) == ""


def test_the_scale_reaches_the_farthest_limit() -> None:
    assert pages.reach([LEVEL, WORSE, NOT_MEASURED]) == 0.04
    assert pages.reach([]) == 0


def test_shares_and_sentences() -> None:
    assert [pages.percent(0.1234), pages.percent(0.5, 0), pages.percent(None)] == [
        "12.3 %",
        "50 %",
        "–",
    ]
    assert [pages.sentence("it was not"), pages.sentence("")] == ["It was not.", ""]


def test_conditions_name_metrics_and_tasks_in_words() -> None:
    assert pages.plain("refused: ndcg_at_10 of new against popular: worse") == (
        "refused: NDCG@10 of products new to the customer against popular: worse"
    )
    assert pages.plain("lists differ between customers") == "lists differ between customers"
