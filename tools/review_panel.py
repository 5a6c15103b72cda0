"""What a person does in the review panel: helpers over a page of the App."""

from playwright.sync_api import Locator, Page, expect

# Milliseconds for a click to do something before it is made again. The App draws its buttons anew
# whenever something arrives from the server, and a click in that moment goes nowhere.
ATTEMPTS = (15_000, 30_000, 60_000)


def open_review(page: Page) -> Locator:
    """Opens the panel with the button above the grid, and waits for what it has to show.

    Args:
        page: A page of the App.

    Returns:
        The panel.
    """
    panel = page.locator('[data-cy="panel-content-cluster_review"]')
    if not panel.count():
        page.locator('[data-cy="new-panel-btn"]').first.click()
        page.locator('[data-cy="new-panel-option-cluster_review"]').click()
    expect(piece(panel, "review").first).to_be_visible()
    return panel


def piece(within: Locator, name: str) -> Locator:
    """Finds a button, field or group.

    Args:
        within: The panel, or a piece of it.
        name: Name of the property that it is in the panel.

    Returns:
        The piece.
    """
    return within.locator(f'[data-cy="{name}"]')


def card(panel: Locator, cluster: str) -> Locator:
    """Finds a cluster in the list.

    Args:
        panel: The panel.
        cluster: The cluster's id.

    Returns:
        Its card.
    """
    return piece(panel, f"card_{cluster}")


def open_cluster(panel: Locator, cluster: str) -> Locator:
    """Opens the page of a cluster from the list, and waits until it is there.

    Args:
        panel: The panel, on any page.
        cluster: The cluster's id; on the first page of the list.

    Returns:
        The panel.
    """
    if not piece(panel, "cards").count():
        turn_to(panel, "clusters", "cards")
    piece(card(panel, cluster), "open").click()
    expect(piece(panel, "naming")).to_be_visible()
    return panel


def turn_to(panel: Locator, page: str, shows: str) -> None:
    """Turns to a page of the panel; clicks again, as a person would, where the click was lost.

    Args:
        panel: The panel.
        page: The page.
        shows: A piece that is on it.
    """
    for patience in ATTEMPTS:
        piece(panel, f"page_{page}").click()
        try:
            expect(piece(panel, shows).first).to_be_visible(timeout=patience)
        except AssertionError:
            continue
        return
    raise AssertionError(f"the page '{page}' was clicked three times and never came")


def type_name(panel: Locator, group: str, name: str) -> None:
    """Types into a field with completions.

    Args:
        panel: The panel.
        group: The piece with the field.
        name: What to type.
    """
    field = piece(panel, group).locator("input")
    field.fill(name)
    field.press("Escape")


def select_tiles(page: Page, number: int, first: int = 0) -> None:
    """Selects images of the grid, in which none is selected, with their checkboxes.

    Args:
        page: A page of the App.
        number: How many, one beside the other.
        first: Place of the first of them; all have to be on the screen.
    """
    for count in range(number):
        select_tile(page, first + count, count + 1)


def select_tile(page: Page, place: int, then: int | None = None) -> None:
    """Selects one more; clicks again where the grid was just being laid out, as in `turn_to`.

    Args:
        page: A page of the App.
        place: Place of the image in the grid.
        then: How many are selected then; as many as up to this place if left out.
    """
    tile = page.locator('[data-cy="fo-grid"] [data-cy="looker"]').nth(place)
    number = page.get_by_text(str(then or place + 1), exact=True).first
    for patience in ATTEMPTS:
        box = tile.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 40, box["y"] + 40)
        page.mouse.move(box["x"] + 15, box["y"] + 15, steps=3)
        page.mouse.click(box["x"] + 15, box["y"] + 15)
        try:
            expect(number).to_be_visible(timeout=patience)
        except AssertionError:
            continue
        return
    raise AssertionError(f"the tile {place} was clicked three times and never selected")


def press_with_alt(page: Page, letter: str) -> None:
    """Presses an access key, which Playwright's own keyboard does not bring to the browser.

    Args:
        page: A page of the App.
        letter: The key.
    """
    devtools = page.context.new_cdp_session(page)
    code = ord(letter.upper())
    key = {"key": letter, "code": f"Key{letter.upper()}", "windowsVirtualKeyCode": code}
    event = {"modifiers": 1, "unmodifiedText": letter, **key}
    devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", **event})
    devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
