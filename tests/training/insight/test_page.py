"""The report is one file with every figure, and the results per customer carry ids."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from tests.training.insight.conftest import JudgedShop
from training.evaluation.evaluate import BASELINES, OURS
from training.insight.files import write_files
from training.insight.page import MEANINGS, lines


@pytest.fixture(scope="module")
def folder(judged_shop: JudgedShop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation")
    write_files(judged_shop.insight, judged_shop.model.matrix, folder)
    return folder


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_nothing_comes_from_elsewhere_and_no_script_runs(text: str):
    sources = re.findall(r'(?:src|href)="([^"]{1,40})', text)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert "<script" not in text


def test_every_tag_is_closed(text: str):
    class Open(HTMLParser):
        void = ("meta", "img", "br")
        stack: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in self.void:
                self.stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.stack.pop() == tag

    parser = Open()
    parser.feed(text)
    assert parser.stack == []


def test_every_figure_is_in_the_page_with_a_sentence_on_it(judged_shop: JudgedShop, text: str):
    assert {line.meaning for line in lines(judged_shop.insight, "all")} == set(MEANINGS.values())
    means = judged_shop.evaluation.means
    for method in (OURS, *BASELINES):
        for metric in ("ndcg_at_10", "mrr_at_10"):
            found = means[method, "all", metric]
            assert f"{found.mean:.4f} <small" in text
            assert f"{found.low:.4f} to {found.high:.4f}" in text
    for meaning in MEANINGS.values():
        assert meaning.replace("'", "&#39;") in text


def test_a_figure_without_interval_is_shown_without_one(judged_shop: JudgedShop, text: str):
    [coverage] = [line for line in lines(judged_shop.insight, "all") if line.name == "coverage@10"]
    assert coverage.figures[0] is not None
    assert f'<td class="number">{coverage.figures[0].mean:.4f}</td>' in text
    assert "nan" not in text.lower().replace("base64", "").split("data:image")[0]


def test_every_slice_half_life_and_origin_has_its_row(judged_shop: JudgedShop, text: str):
    for each in judged_shop.insight.slices:
        assert f"<td>{each.segment.label}</td>" in text
    for origin in judged_shop.insight.origins:
        assert f"<td>{origin.cutoff:%Y-%m-%d}</td>" in text
    assert "The run uses 90 days" in text


def test_plots_lie_beside_the_page_and_in_it(folder: Path, text: str):
    pictures = list(folder.glob("*.png"))
    assert len(pictures) == text.count("data:image/png;base64,") == 8
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_results_per_customer_are_one_line_a_customer_task_and_method(
    judged_shop: JudgedShop, folder: Path
):
    table = pd.read_parquet(folder / "per_user.parquet")
    assert not table.duplicated(["user_id", "task", "method"]).any()
    assert set(table["user_id"]) <= {f"{number:03d}" for number in range(80)}
    asked = sum(len(j.per_user) for j in judged_shop.evaluation.judged)
    assert (table["task"].isin(["all", "new", "unseen"])).sum() == asked


def test_the_same_insight_gives_the_same_bytes(
    judged_shop: JudgedShop, folder: Path, tmp_path: Path
):
    write_files(judged_shop.insight, judged_shop.model.matrix, tmp_path)
    for path in folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
