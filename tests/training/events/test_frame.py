import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.config import MainConfig
from training.errors import InputError
from training.events import frame as frames
from training.events.read import read_events

WEIGHTS = MainConfig().event_weights


def written(folder: Path, text: str) -> str:
    path = folder / "events.csv"
    path.write_text(text)
    return str(path)


def test_the_oldest_event_comes_first_and_events_of_one_moment_stay_as_in_the_file(tmp_path: Path):
    log = read_events(
        written(
            tmp_path,
            "user_id,product_id,timestamp\n1,c,2024-01-02\n2,b,2024-01-01\n1,a,2024-01-02\n",
        ),
        WEIGHTS,
    )
    assert log.frame["product_id"].tolist() == ["b", "c", "a"]
    assert log.frame["timestamp"].is_monotonic_increasing


def test_a_log_is_the_same_in_however_many_batches_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rows = [f"u{n % 7},p{n % 300:03d},{'view' if n % 3 else 'cart'},{n + 1}" for n in range(5000)]
    bad = ["u1,,view,1", "u1,p001,view,-1", "u1,p001,,1"]
    path = written(
        tmp_path, "\n".join(["user_id,product_id,event_type,quantity", *rows[:100], *bad, *rows])
    )
    whole = read_events(path, WEIGHTS)
    monkeypatch.setattr(frames, "BATCH_ROWS", 2048)
    pd.testing.assert_frame_equal(read_events(path, WEIGHTS).frame, whole.frame)
    assert len(whole) == 5100
    assert whole.frame["quantity"].tolist()[100:103] == [1, 2, 3]
    assert whole.frame["product_id"].cat.codes.dtype == "int16"  # 300 products


def test_undated_events_stay_as_in_the_file_though_it_has_as_many_ids_as_rows(tmp_path: Path):
    n = 300_000
    users = np.random.default_rng(0).permutation(n)
    frame = pd.DataFrame({"user_id": users.astype(str), "product_id": np.arange(n) % 7})
    frame.to_parquet(tmp_path / "events.parquet", row_group_size=20_000)
    log = read_events(str(tmp_path), WEIGHTS)
    assert log.frame["user_id"].astype(int).tolist() == users.tolist()
    assert log.frame["product_id"].astype(int).tolist() == frame["product_id"].tolist()


def test_every_first_dropped_row_is_found_after_many_good_ones(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "training")
    good = [f"u{n % 7},p{n % 9}" for n in range(300_000)]
    path = written(tmp_path, "\n".join(["user_id,product_id", *good, ",p1", "u1,", ",p2"]))
    assert read_events(path, WEIGHTS).n_dropped == {"no user_id": 2, "no product_id": 1}
    assert "no user_id; first row 300001" in caplog.text
    assert "no product_id; first row 300002" in caplog.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("user_id,product_id\n1,a\n2,b\n1,b\n", "2 usable rows became 3, with 0 new values"),
        ("user_id,product_id\n1,a\n2,c\n", "2 usable rows became 2, with 1 new values"),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
):
    path = written(tmp_path, "user_id,product_id\n1,a\n2,b\n")
    fill = frames._fill

    def changed(*arguments: object) -> None:
        Path(path).write_text(text)
        fill(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(frames, "_fill", changed)
    with pytest.raises(InputError, match=f"{told}; allowed: files that nobody writes to"):
        read_events(path, WEIGHTS)
