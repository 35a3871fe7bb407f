"""The report in a real browser: every picture is drawn, nothing is fetched, nothing is cut off."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.training.insight.conftest import JudgedShop
from training.insight.files import write_files

CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.slow
def test_every_picture_is_drawn_and_nothing_is_fetched_or_cut_off(
    judged_shop: JudgedShop, tmp_path: Path
):
    if not CHROMIUM.exists():
        pytest.skip("Chromium is absent (package chromium, see .ci/apt-packages)")
    write_files(judged_shop.insight, judged_shop.model.matrix, tmp_path)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        page.goto((tmp_path / "report.html").as_uri())
        widths = page.eval_on_selector_all("img", "found => found.map(i => i.naturalWidth)")
        assert len(widths) == 8
        assert min(widths) > 500
        for width in (1200, 400):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [url for url in fetched if not url.startswith(("file:", "data:"))] == []
        browser.close()
