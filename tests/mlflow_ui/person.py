"""A person at MLflow's pages: opens them in Chromium, and waits for what there is to see."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run
from playwright.sync_api import FrameLocator, Page, TimeoutError, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
SEEN_MS = 60_000
SMALLEST = 500
"""Pixels across, of a picture that is worth looking at."""

SHOWN = "text => document.body.innerText.includes(text)"
QUIET = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run --disable-quic"
)
CHOSEN = """
localStorage.setItem("mlflow.assistant.fab.autoOpenedOnFirstLoad_v1", "true");
localStorage.setItem("mlflow.assistant.panelOpen_v1", "false");
localStorage.setItem("mlflow.workflowType_v1", '"machine_learning"');
"""
"""What MLflow keeps in a browser: no assistant, and "Model training" chosen instead of "GenAI"."""


@contextmanager
def browser_page(width: int = 1400, height: int = 1000) -> Iterator[Page]:
    """A window of headless Chromium as Debian packs it."""
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=QUIET.split())
        page = chromium.new_page(viewport={"width": width, "height": height})
        page.add_init_script(CHOSEN)
        yield page
        chromium.close()


class Person:
    """Opens the pages of one tracking server; every wait ends in a failure after a minute."""

    def __init__(self, page: Page, uri: str) -> None:
        self.page = page
        self.uri = uri
        self.client = MlflowClient(uri, uri)

    def opens(self, path: str, *texts: str) -> None:
        """Open a page of MLflow, and see the texts on it."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.uri}/#/{path}")
        self.sees(*texts)

    def sees(self, *texts: str) -> None:
        """Wait for each of the texts."""
        for text in texts:
            try:
                self.page.wait_for_function(SHOWN, arg=text, timeout=SEEN_MS)
            except TimeoutError as error:
                raise AssertionError(f"{self.page.url} does not show {text!r}") from error

    def opens_run(self, run: Run, tab: str, *texts: str) -> None:
        """Open a tab of a run's page, or an artifact as ``artifacts/PATH``."""
        self.opens(f"experiments/{run.info.experiment_id}/runs/{run.info.run_id}{tab}", *texts)

    def reads(self, run: Run, artifact: str, heading: str) -> FrameLocator:
        """Open an HTML artifact inside MLflow, and see its heading in the frame."""
        self.opens_run(run, f"/artifacts/{artifact}", Path(artifact).name)
        frame = self.page.frame_locator("iframe")
        frame.get_by_role("heading", name=heading, level=1).wait_for(timeout=SEEN_MS)
        return frame

    def looks_at(self, run: Run, artifact: str) -> None:
        """Open a picture inside MLflow, and wait until it is drawn."""
        self.opens_run(run, f"/artifacts/{artifact}", Path(artifact).name)
        picture = self.page.locator("img[src^='blob:']").first
        picture.wait_for(timeout=SEEN_MS)
        drawn = picture.evaluate("image => image.decode().then(() => image.naturalWidth)")
        assert drawn > SMALLEST, f"{artifact} is {drawn} pixels wide"

    def run_of(self, name: str) -> Run:
        """The latest finished run whose name begins so."""
        [found, *_] = self.client.search_runs(
            [e.experiment_id for e in self.client.search_experiments()],
            f"attributes.run_name LIKE '{name}%' AND attributes.status = 'FINISHED'",
        )
        return found
