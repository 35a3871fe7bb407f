"""What validate says of a log, by hand, and that it refuses what main refuses."""

import json
from pathlib import Path

import pytest

from .conftest import Command

LOG = """who,product_id,event_type,timestamp
ann,milk,purchase,2024-01-01
ann,milk,purchase,2024-01-05
ann,tea,view,2024-01-06
bob,milk,purchase,2024-01-09
bob,,purchase,2024-01-10
bob,tea,wish,2024-01-11
,tea,purchase,2024-01-11
"""
CATALOGUE = "product_id,title\nmilk,Fresh milk\nsoap,Soap\n"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_text(LOG)
    Path("catalogue.csv").write_text(CATALOGUE)
    return tmp_path


def test_every_figure_is_what_one_counts_by_hand(log: Path, command: Command):
    done = command(
        "validate", "--events", "log.csv", "--user_id_column", "who",
        "--catalogue", "catalogue.csv", "--output", "found.json",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads((log / "found.json").read_text())
    data_hash = found.pop("data_hash")
    assert found == {
        "events": "log.csv",
        "columns": {
            "user_id": "who",
            "product_id": "product_id",
            "event_type": "event_type",
            "timestamp": "timestamp",
        },
        "rows_read": 7,
        "rows_used": 4,
        "dropped": {
            "no user_id": {"rows": 1, "first": "row 7: ''"},
            "no product_id": {"rows": 1, "first": "row 5: ''"},
            "event_type without a weight "
            "(weighted: view, cart, purchase, remove_from_cart, return)": {
                "rows": 1,
                "first": "row 6: 'wish'",
            },
        },
        "customers": 2,
        "products": 2,
        "event_types": {"purchase": 3, "view": 1},
        "target_event": "purchase",
        "first": "2024-01-01T00:00:00",
        "last": "2024-01-09T00:00:00",
        "purchases": 3,
        "repeat_share": pytest.approx(1 / 3),  # ann's second milk
        # a fifth of 8 days before the last event
        # bob had bought nothing before, so that nobody can be judged
        "test": {
            "from": "2024-01-07 09:36:00",
            "drawn": "",
            "events": 1,
            "customers": 1,
            "judged": 0,
        },
        "catalogue": {
            "rows": 2,
            "columns": ["title"],
            "share_of_products": 0.5,  # milk is known, tea is not
            "share_of_events": 0.75,
        },
        "remarks": [],
    }
    for line in (
        "rows              7 read, 4 used",
        "dropped 1: no product_id; first row 5: ''",
        "event types       purchase 3, view 1",
        "time              2024-01-01T00:00:00 to 2024-01-09T00:00:00 UTC",
        "repeat purchases  33.3% of 3 (purchase)",
        "knows 50.0% of the products, 75.0% of the events",
        data_hash,
    ):
        assert line in done.out
    assert [path.name for path in sorted(log.iterdir())] == [
        "catalogue.csv",
        "found.json",
        "log.csv",
    ]


def test_a_log_without_times_is_said_to_be_split_at_random(log: Path, command: Command):
    rows = "".join(f"u{n % 9},p{n % 7}\n" for n in range(60))
    Path("undated.csv").write_text("user_id,product_id\n" + rows)
    done = command("validate", "--events", "undated.csv")
    assert done.code == 0, done.err
    assert "a random fifth of the purchases" in done.out
    assert "no timestamps: age does not count" in done.out
    assert "none given" in done.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user_id,colour\n1,red\n", "no column 'product_id'; the file has: user_id, colour"),
        ("user_id,product_id\n1,a\n1,b\n", "one customer only ('1')"),
        (
            "user_id,product_id,timestamp\n1,a,2024-01-01\n2,b,2024-01-01\n",
            "all 2 events carry the time",
        ),
    ],
)
def test_what_main_refuses_is_refused_in_one_line(
    log: Path, command: Command, text: str, message: str
):
    Path("bad.csv").write_text(text)
    refused = command("validate", "--events", "bad.csv", "--output", "found.json")
    assert refused.code == 2
    assert message in refused.error
    assert "Traceback" not in refused.err
    assert not Path("found.json").exists()


def test_a_catalogue_that_main_refuses_is_refused(log: Path, command: Command):
    Path("other.csv").write_text("product_id,title\n9,Milk\n")
    asked = ["--events", "log.csv", "--user_id_column", "who", "--catalogue", "other.csv"]
    assert "the catalogue knows none of the 2 products" in command("validate", *asked).error


def test_an_output_that_is_a_folder_is_refused_in_one_line(log: Path, command: Command):
    refused = command("validate", "--output", ".")
    assert refused.code == 2
    assert "output '.' is a folder; allowed: the name of a file" in refused.error
    assert "Traceback" not in refused.err


def test_the_log_is_not_written_over(log: Path, command: Command):
    before = Path("log.csv").read_bytes()
    Path("same.csv").symlink_to("log.csv")
    asked = ["--events", "log.csv", "--user_id_column", "who"]
    refused = command("validate", *asked, "--output", "same.csv")
    assert refused.code == 2
    assert "output 'same.csv' is 'log.csv', which is read; allowed: another name" in refused.error
    assert Path("log.csv").read_bytes() == before
