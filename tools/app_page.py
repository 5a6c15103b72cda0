"""Headless Chromium with the App in it, for the tests and for the pictures of the documentation."""

from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tools.chromium import find_chromium

# Milliseconds. The first clustering of the App's server imports and compiles, and both cores may be
# busy with other tests.
PATIENCE = 120_000
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # It reaches nothing but the App. To ask about each request instead would end its caching.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
LOADED = 'canvas[canvas-loaded="true"]'


@contextmanager
def running_chromium() -> Generator[Browser]:
    """Runs headless Chromium, and makes Playwright's `expect` as patient as the App needs it.

    While it runs, this thread has an event loop, in which FiftyOne's operators return tasks instead
    of results.

    Yields:
        The browser.

    Raises:
        RuntimeError: There is no Chromium.
    """
    path = find_chromium()
    if path is None:
        raise RuntimeError("There is no Chromium: install it, or set CHROMIUM to its path.")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


def new_context(browser: Browser, width: int = 1600, height: int = 1000) -> BrowserContext:
    """Opens a browser of its own, in which nothing moves for the looks of it.

    Args:
        browser: Chromium.
        width: Of the page, in pixels.
        height: Of the page, in pixels.

    Returns:
        The context.
    """
    size: ViewportSize = {"width": width, "height": height}
    context = browser.new_context(viewport=size, reduced_motion="reduce")
    context.add_init_script("localStorage.setItem('fiftyone-enterprise-tooltip-seen', 'true')")
    context.set_default_timeout(PATIENCE)
    return context


def open_form(page: Page, label: str) -> Locator:
    """Opens an operator's form from the App's list of operators.

    Presses the key again, as a person would, where the App was drawing something and lost it.

    Args:
        page: A page of the App.
        label: What the operator is called in the list.

    Returns:
        The form.
    """
    search = page.get_by_placeholder("Search operations by name...")
    for patience in (15_000, 30_000, 60_000):
        page.keyboard.press("Backquote")
        try:
            expect(search).to_be_visible(timeout=patience)
        except AssertionError:
            continue
        break
    search.fill(label)
    page.locator('[data-cy="operators-browser"]').get_by_text(label, exact=True).click()
    form = page.locator('[data-cy="operators-prompt-modal"]')
    expect(form).to_be_visible()
    return form


def wait_for_images(page: Page) -> None:
    """Waits until the grid shows images.

    Args:
        page: A page of the App.
    """
    page.locator(f'[data-cy="fo-grid"] {LOADED}').first.wait_for()
