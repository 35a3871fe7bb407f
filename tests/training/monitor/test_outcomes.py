"""Which purchase belongs to which answer, and once; logs of answers as shops write them."""

from pathlib import Path

import pandas as pd
import pytest

from training.config import Knobs
from training.errors import InputError
from training.events.log import EventLog
from training.events.read import read_events
from training.monitor.answers import read_answers, shown_after
from training.monitor.health import Outcome
from training.monitor.outcomes import outcomes

EVENTS = "user_id,product_id,event_type,timestamp,value\n"
OTHERS = "bob,tea,view,2024-05-01,\ncleo,rice,view,2024-05-01,\n"
ANSWERS = "user_id,product_id,version,timestamp\n"


def events(folder: Path, text: str, **columns: str) -> EventLog:
    path = folder / "events.csv"
    path.write_text(text)
    return read_events(str(path), Knobs().event_weights, columns, ("recommendation_id",))


def answers(folder: Path, text: str, **columns: str) -> pd.DataFrame:
    path = folder / "answers.csv"
    path.write_text(text)
    return read_answers(str(path), columns)


def test_a_purchase_belongs_to_the_latest_earlier_showing_and_counts_once(tmp_path: Path) -> None:
    """Versions 1, 2 and 3 showed it in turn, the last after the purchase: it is version 2's."""
    log = events(tmp_path, f"{EVENTS}ann,milk,purchase,2024-05-04,10\n{OTHERS}")
    days = {"1": "2024-05-01", "2": "2024-05-03", "3": "2024-05-05"}
    shown = answers(tmp_path, ANSWERS + "".join(f"ann,milk,{v},{d}\n" for v, d in days.items()))
    assert outcomes(shown, log) == [
        Outcome("1", 1, 0.0, 0, 0.0),
        Outcome("2", 1, 1.0, 1, 10.0),
        Outcome("3", 1, 0.0, 0, 0.0),
    ]


def test_without_times_a_purchase_belongs_to_the_last_showing_and_counts_once(
    tmp_path: Path,
) -> None:
    log = events(tmp_path, f"{EVENTS}ann,milk,purchase,2024-05-04,10\n{OTHERS}")
    shown = answers(tmp_path, "user_id,product_id,version\n" + "ann,milk,1\n" * 3)
    assert outcomes(shown, log) == [Outcome("1", 1, 1.0, 1, 10.0)]


def test_two_purchases_after_one_showing_are_both_its(tmp_path: Path) -> None:
    """10 and 5; the tea was shown to Ann only, and Bob bought it."""
    bought = "ann,milk,purchase,2024-05-04,10\nann,milk,purchase,2024-05-05,5\n"
    log = events(tmp_path, f"{EVENTS}{bought}bob,tea,purchase,2024-05-05,7\n")
    shown = answers(tmp_path, f"{ANSWERS}ann,milk,1,2024-05-04\nann,tea,1,2024-05-04\n")
    assert outcomes(shown, log) == [Outcome("1", 1, 1.0, 2, 15.0)]


def test_a_purchase_carries_the_id_of_its_answer_though_it_was_shown_again(tmp_path: Path) -> None:
    """Ids are whole numbers, beside a missing one written as floats; 9 was bought without one."""
    log = events(
        tmp_path,
        "user_id,product_id,event_type,value,recommendation_id\n"
        "ann,milk,purchase,10,7.0\nann,milk,purchase,9,\nbob,tea,purchase,1,8.0\n",
    )
    shown = answers(
        tmp_path,
        "recommendation_id,user_id,product_id,model_version\n"
        "7,ann,milk,1\n7,ann,milk,1\n7,ann,tea,1\n9,ann,milk,2\n",
    )
    assert outcomes(shown, log) == [Outcome("1", 1, 1.0, 1, 10.0), Outcome("2", 1, 0.0, 0, 0.0)]


def test_columns_event_types_and_times_are_read_as_training_reads_them(tmp_path: Path) -> None:
    """1714780800 is the 4th of May 2024; an order is a purchase; `account` has to be named."""
    log = events(
        tmp_path,
        "account,itemid,event,time,revenue\nann,milk,order,1714780800,10\nbob,tea,pv,1714780800,\n",
        user_id="account",
    )
    shown = answers(tmp_path, "account,sku,ts\nann,milk,1714694400000\n", user_id="account")
    assert outcomes(shown, log) == [Outcome("not logged", 1, 1.0, 1, 10.0)]
    shown = answers(tmp_path, "visitorid,itemid\nann,milk\n", user_id="account")
    assert outcomes(shown, log)[0].purchases == 1


def test_what_was_taken_back_was_not_bought(tmp_path: Path) -> None:
    came_back = "ann,milk,purchase,2024-05-04,10\nann,milk,return,2024-05-06,10\n"
    log = events(tmp_path, f"{EVENTS}{came_back}bob,tea,purchase,2024-05-05,7\n")
    shown = answers(tmp_path, f"{ANSWERS}ann,milk,1,2024-05-03\n")
    assert outcomes(shown, log) == [Outcome("1", 1, 0.0, 0, 0.0)]


def test_products_and_customers_that_the_events_do_not_hold_were_not_bought(tmp_path: Path) -> None:
    log = events(tmp_path, f"{EVENTS}ann,milk,purchase,2024-05-04,10\n{OTHERS}")
    shown = answers(tmp_path, f"{ANSWERS}ann,new,1,2024-05-03\nnew,milk,1,2024-05-03\n")
    assert outcomes(shown, log) == [Outcome("1", 2, 0.0, 0, 0.0)]


def test_answers_from_before_the_new_events_are_left_out(tmp_path: Path) -> None:
    shown = answers(tmp_path, f"{ANSWERS}ann,milk,1,2024-05-01\nann,tea,1,2024-05-03\n")
    assert shown_after(shown, "2024-05-02T00:00:00")["product_id"].tolist() == ["tea"]
    assert len(shown_after(shown, "")) == 2
    with pytest.raises(InputError, match=r"no answer is later than 2024-06-01, .* of 2024-05-03"):
        shown_after(shown, "2024-06-01")


def test_a_log_of_answers_without_products_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"answers\.csv' has no column 'product_id'; it has: user"):
        answers(tmp_path, "user,score\nann,1\n")


def test_answers_that_cannot_be_used_are_counted_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = "ann,milk,1,2024-05-01\nann,,1,2024-05-01\nann,tea,1,soon\n,tea,1,2024-05-01\n"
    assert len(answers(tmp_path, ANSWERS + rows)) == 1
    assert "no user_id: 1, first row 4; no product_id: 1, first row 2" in caplog.text
    assert "timestamp missing or not readable: 1, first row 3" in caplog.text
    with pytest.raises(InputError, match=r"no usable row .*answers\.csv' \(timestamp missing"):
        answers(tmp_path, f"{ANSWERS}ann,milk,1,soon\n")


def test_lines_of_answers_that_are_no_rows_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = "ann,milk,1,2024-05-01\n" * 20
    assert len(answers(tmp_path, f"{ANSWERS}{rows}ann,tea,1,2024-05-01,of,course\n")) == 20
    assert "answers: dropped 1 lines, line is not readable as CSV; first line 22" in caplog.text


def test_times_may_be_larger_than_ids_of_floating_point(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    moment = pd.Timestamp("2024-05-01")
    shown = {"user_id": [1.0, 2.0], "product_id": ["milk", "tea"]}
    pd.DataFrame({**shown, "timestamp": [float(moment.value)] * 2}).to_parquet(path)
    found = read_answers(str(path), {})
    assert found["user_id"].tolist() == ["1", "2"]
    assert found["timestamp"].tolist() == [moment, moment]
    pd.DataFrame({**shown, "user_id": [1.0, 2.0**60]}).to_parquet(path)
    with pytest.raises(InputError, match="'user_id' are floating-point numbers, and 11529215046"):
        read_answers(str(path), {})
