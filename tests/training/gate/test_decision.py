from training.gate.decision import Check, Comparison, Decision, without_nan
from training.intervals import Interval

GOOD, BAD = Check("size", True, "1", "1"), Check("shape", False, "2", "1")
NAN = float("nan")


def decision(mode: str, *checks: Check, why: str = "") -> Decision:
    return Decision("2", "1", mode, why, list(checks), [])  # type: ignore[arg-type]


def test_auto_promotes_what_passes_every_condition_only() -> None:
    assert decision("auto", GOOD).promoted
    assert not decision("auto", GOOD, BAD).promoted


def test_never_promotes_nothing_and_force_everything() -> None:
    assert not decision("never", GOOD).promoted
    assert decision("force", BAD, why="the campaign starts").promoted


def test_a_refusal_names_the_condition_what_was_found_and_what_is_allowed() -> None:
    assert decision("auto", GOOD, BAD).reason == "refused by 1 condition: shape: 2; allowed: 1"


def test_a_forced_promotion_says_why_and_what_the_gate_found() -> None:
    reason = decision("force", BAD, why="the campaign starts").reason
    assert reason.startswith("forced (the campaign starts); refused by 1 condition")


def test_the_dictionary_has_verdicts_and_null_instead_of_nan() -> None:
    nothing = Interval(NAN, NAN, NAN)
    compared = Comparison("champion", "new", "ndcg_at_10", nothing, nothing, nothing)
    told = Decision("2", "1", "auto", "", [GOOD], [compared]).as_dict()
    assert told["comparisons"][0]["verdict"] == "not measured"
    assert told["comparisons"][0]["difference"]["mean"] is None
    assert told["passed"] is True
    assert told["reason"] == "passed the gate"


def test_nan_is_replaced_at_any_depth() -> None:
    assert without_nan({"a": [NAN, {"b": (1.0, NAN)}]}) == {"a": [None, {"b": [1.0, None]}]}
