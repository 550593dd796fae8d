"""A candidate with a browser that knows HTML and HTTP, and no script."""

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import mechanicalsoup
from bs4 import BeautifulSoup, Tag


class Visitor:
    """Reads pages and sends their forms, as they stand in the page."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.browser = mechanicalsoup.StatefulBrowser(soup_config={"features": "html.parser"})
        self.status = 0

    @property
    def page(self) -> BeautifulSoup:
        """The page as it is open now."""
        return self.browser.page

    @property
    def path(self) -> str:
        """Where the visitor is."""
        return urlsplit(self.browser.url).path

    @property
    def text(self) -> str:
        """What can be read in the page's main part."""
        return " ".join(self.page.select_one("main").get_text(" ").split())

    def shows(self, words: str) -> bool:
        """True when the page holds these words, be it as text or in a field."""
        return words in str(self.page)

    def open(self, path: str) -> str:
        """Go to a path; what can be read there."""
        self.status = self.browser.open(f"{self.url}{path}").status_code
        return self.text

    def form(self, action: str, beside: str = "") -> Tag:
        """The page's first form whose address matches the pattern, in the part of the page that says `beside`."""
        for form in self.page.select("form"):
            target = urlsplit(self.browser.absolute_url(form.get("action") or self.browser.url)).path
            part = form if beside in str(form) else form.find_parent(["li", "section"])
            if form.get("method", "get").lower() == "post" and re.search(action, target) and beside in str(part):
                return form
        found = [form.get("action") for form in self.page.select("form")]
        raise AssertionError(f"no form for {action} on {self.path}, only {found}\n{self.text}")

    def send(self, action: str, beside: str = "", **fields: str) -> str:
        """Fill in the form for this address and send it; what can be read afterwards."""
        form = self.form(action, beside)
        self.browser.select_form(form)
        if not form.get("action"):
            form["action"] = self.browser.url
        for name, value in fields.items():
            self.browser[name] = value
        self.status = self.browser.submit_selected().status_code
        return self.text

    def reload_until(self, condition: Callable[[str], bool], seconds: float = 60) -> str:
        """Reload the page until it says so."""
        until = time.monotonic() + seconds
        while not condition(self.text):
            assert time.monotonic() < until, f"still: {self.text}"
            time.sleep(0.3)
            self.open(self.path)
        return self.text
