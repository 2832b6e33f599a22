"""People in front of a browser: what a resident and an instructor do, as steps with names."""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

import chromium
from academy import paths

SHOTS = paths.checkout() / "test-results" / "screenshots"
# A shared two-core machine that starts three Jupyter servers at once is slow.
PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)


class Person:
    """One person with a browser of their own.

    Parameters
    ----------
    browser
        The browser.
    url
        The Academy's address, with a slash at the end.
    name
        The person's user name.
    width, height
        The window, in CSS pixels.
    """

    def __init__(
        self, browser: Browser, url: str, name: str, *, width: int = 1280, height: int = 860
    ) -> None:
        self.url = url
        self.name = name
        self.password = f"{name} likes red beans"
        self.outside: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.on("request", lambda request: self._note(request.url))
        self.page: Page = self.context.new_page()

    def _note(self, address: str) -> None:
        """Remember every request that leaves the Academy."""
        if not address.startswith((self.url, self.url.replace("http", "ws", 1), "data:", "blob:")):
            self.outside.append(address)

    def shot(self, name: str, *, of: Page | None = None) -> None:
        """Take a screenshot, for people to look at and for the documentation."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        (of or self.page).screenshot(path=SHOTS / f"{name}.png")

    # Coming in

    def sign_up(self) -> None:
        """Make an account, from the front page."""
        self.page.goto(self.url)
        self.page.get_by_role("link", name="Make a free account").click()
        self.page.get_by_label("User name").fill(self.name)
        self.fill_passwords()
        self.page.get_by_role("button", name="Make my account and begin").click()

    def claim(self, link: str) -> None:
        """Come in by a one-time link, whose code the page itself sends."""
        self.page.goto(link)
        expect(self.page.get_by_role("heading", name="Welcome")).to_be_visible()
        self.fill_passwords()
        self.page.get_by_role("button", name="Set my password and begin").click()

    def fill_passwords(self) -> None:
        """Type the password twice."""
        self.page.get_by_label("Password", exact=True).fill(self.password)
        self.page.get_by_label("The same password again").fill(self.password)

    def log_in(self) -> None:
        """Log in with name and password."""
        self.page.goto(f"{self.url}hub/login")
        self.page.get_by_label("User name").fill(self.name)
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_role("button", name="Log in").click()

    def log_out(self) -> None:
        """Log out; the server goes on until it is idle."""
        self.page.goto(f"{self.url}hub/logout")

    # In the lab

    def wait_for_welcome(self) -> None:
        """Wait until the lab shows the learner's own page."""
        expect(self.lab.get_by_role("heading", name="Welcome to the")).to_be_visible()

    @property
    def lab(self) -> Locator:
        """The main area of JupyterLab."""
        return self.page.locator("#jp-main-dock-panel")

    @property
    def notebook(self) -> Locator:
        """The notebook that is in front."""
        return self.lab.locator(".jp-NotebookPanel:visible")

    def open_file(self, path: str) -> None:
        """Open a file of the home in the lab, by its address."""
        # Without the tabs of last time, one of which might come to the front a moment later.
        self.page.goto(f"{self.url}user/{self.name}/lab/tree/{path}?reset")
        front = self.page.locator("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current")
        expect(front).to_contain_text(path.rsplit("/", 1)[-1])
        if path.endswith(".ipynb"):
            self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until the notebook in front has an idle kernel."""
        idle = self.notebook.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        expect(idle).to_be_visible()

    def menu(self, name: str, entry: str) -> None:
        """Choose an entry of one of the lab's menus."""
        item = self.page.get_by_role("menuitem", name=entry).first
        front = self.lab.locator(".lm-TabBar-tab.lm-mod-current").first
        dialog = self.page.locator("dialog.jp-Dialog")
        # A dialog or a kernel that comes up meanwhile closes an open menu: then open it again.
        for _ in range(15):
            if dialog.count():
                print(f"{self.name} is asked: {dialog.first.inner_text()!r}")
                self.page.keyboard.press("Escape")
            with contextlib.suppress(PlaywrightTimeout):
                # A menu names what the document in front can do: one that is in front but was
                # never touched (a page behind it finished loading later) has none of it.
                front.click(timeout=4000)
                self.page.get_by_role("menubar").get_by_text(name, exact=True).click(timeout=4000)
                item.click(timeout=4000)
                return
            self.page.keyboard.press("Escape")
        self.shot("menu-without-its-entry")
        raise AssertionError(f"the menu {name} shows no {entry}")

    def run_all_cells(self) -> None:
        """Run every cell and wait until all have run."""
        prompts = self.notebook.locator(".jp-CodeCell .jp-InputPrompt")
        # The lab shows a kernel as idle before it speaks with it, and drops what is run meanwhile.
        for _ in range(10):
            self.menu("Run", "Run All Cells")
            with contextlib.suppress(AssertionError):
                # All cells are marked as waiting at once.
                expect(prompts.first).to_have_text(re.compile(r"\[(\*|\d+)\]"), timeout=10_000)
                break
        expect(prompts.first).to_have_text(re.compile(r"\[(\*|\d+)\]"))
        expect(prompts.filter(has_text="[*]")).to_have_count(0)
        self.wait_for_kernel()

    def write_cell(self, index: int, source: str) -> None:
        """Replace what stands in a code cell."""
        cell = self.notebook.locator(".jp-Cell").nth(index)
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)

    def write_text_cell(self, index: int, source: str) -> None:
        """Replace what stands in a text cell, and show it rendered."""
        cell = self.notebook.locator(".jp-Cell").nth(index)
        cell.scroll_into_view_if_needed()
        cell.locator(".jp-RenderedMarkdown").dblclick()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Shift+Enter")

    def save(self, file: Path, words: str) -> None:
        """Save the notebook in front and wait until its file holds some words."""
        for _ in range(15):
            self.page.keyboard.press("ControlOrMeta+s")
            for _ in range(20):
                if words in file.read_text(encoding="utf-8"):
                    return
                self.page.wait_for_timeout(200)
        raise AssertionError(f"{file} was not saved with {words!r}")

    def in_a_terminal(self, command: str) -> str:
        """Type a command in a terminal of the lab and return what the screen shows of it."""
        screen: str = self.page.evaluate(
            """async ([base, command]) => {
                const xsrf = document.cookie.match(/_xsrf=([^;]+)/);
                const headers = {"X-XSRFToken": xsrf ? xsrf[1] : ""};
                const made = await fetch(base + "api/terminals", {method: "POST", headers});
                const {name} = await made.json();
                const url = base.replace(/^http/, "ws") + "terminals/websocket/" + name;
                const socket = new WebSocket(url);
                let screen = "";
                socket.onmessage = event => {
                    const [kind, text] = JSON.parse(event.data);
                    if (kind === "stdout") screen += text;
                };
                await new Promise(done => { socket.onopen = done; });
                socket.send(JSON.stringify(["stdin", command + "; echo the-end-$((6*7))\\r"]));
                for (let i = 0; i < 900 && !screen.includes("the-end-42"); i++)
                    await new Promise(done => setTimeout(done, 100));
                socket.close();
                return screen;
            }""",
            [f"{self.url}user/{self.name}/", command],
        )
        return screen

    # Assignments

    def open_assignment_list(self) -> None:
        """Open nbgrader's list of assignments."""
        self.menu("Nbgrader", "Assignment List")
        expect(self.page.locator("#released_assignments_list")).to_be_visible()

    def assignment_row(self, section: str, assignment: str) -> Locator:
        """Return an assignment's row in one section of the list."""
        return self.page.locator(f"#{section}_list .list_item", has_text=assignment).first


def cell_index(notebook: Path, grade_id: str) -> int:
    """Return which cell of a notebook file has a grade id."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for index, cell in enumerate(cells):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            return index
    raise AssertionError(f"no cell {grade_id} in {notebook}")


def launch_arguments() -> dict[str, object]:
    """Return how Chromium is started: the system's own, without its sandbox for root."""
    arguments = ["--disable-quic", "--no-first-run", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {"executable_path": chromium.find(), "args": arguments}
