"""A real App server, worker and headless Chromium around the dataset of a test."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Locator, Page

from tools.app_page import new_context, running_chromium, wait_for_images
from tools.app_server import AppServer
from tools.mongod import stop

if TYPE_CHECKING:
    import fiftyone as fo

SCREENSHOTS = Path(__file__).parent / "screenshots"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@contextmanager
def running(command: list[str], log: Path, folder: Path | None = None) -> Iterator[None]:
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process,
    ):
        try:
            yield
        finally:
            stop(process)


@pytest.fixture(scope="session")
def app(mongod: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The App's server; gives its address."""
    server = AppServer(tmp_path_factory.mktemp("app") / "server.log")
    server.start()
    yield server.address
    server.end()


@pytest.fixture
def worker(mongod: None, tmp_path: Path) -> Iterator[None]:
    """`fiftyone delegated launch`, which runs what the App schedules."""
    command = [str(Path(sys.executable).with_name("fiftyone")), "delegated", "launch"]
    with running(command, tmp_path / "worker.log"):
        yield


# Of a module, not of the session: while Playwright runs, this thread has an event loop, in which
# FiftyOne's operators return tasks instead of results.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with running_chromium() as chromium:
        yield chromium


OpenApp = Callable[..., Page]


@pytest.fixture
def open_app(
    browser: Browser, app: str, make_dataset: object, request: pytest.FixtureRequest
) -> Iterator[OpenApp]:
    """Opens a dataset in the App: `open_app(dataset)`, or with the slug of a saved view.

    The App's server remembers view and panels, so each test opens a dataset of its own. A picture
    of the page at the end of the test is kept in `screenshots`, so `make_dataset` comes first: the
    dataset is there until the picture is taken.
    """
    context = new_context(browser)
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))

    def open_dataset(dataset: "fo.Dataset", view: str | None = None) -> Page:
        page.goto(f"{app}/datasets/{dataset.slug}" + (f"?view={view}" if view else ""))
        wait_for_images(page)
        return page

    yield open_dataset
    take_picture(page, request.node.name)
    context.close()
    # The App's grid says so when it is reloaded while a tile still loads; it shows the tile later.
    assert [error for error in errors if error != "entry is loading"] == []


def take_picture(page: Page, name: str) -> None:
    """Saves a picture of the page for a person to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def button(form: Locator, name: str) -> Locator:
    return form.get_by_role("button", name=name, exact=True)


def entry(form: Locator, label: str) -> Locator:
    """The input below a label of the form."""
    below = "xpath=following::input[1]"
    return form.get_by_text(label, exact=True).first.locator(below)


def choose(form: Locator, label: str, choice: str) -> None:
    """Takes what a dropdown below a label offers."""
    entry(form, label).click()
    form.page.get_by_role("option", name=choice, exact=True).click()
