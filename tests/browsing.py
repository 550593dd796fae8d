"""A browser without scripts inside the test's own process: cookies, pages, and forms that are sent as they stand."""

from typing import Any

from bs4 import BeautifulSoup, Tag
from django.http import HttpResponse
from django.test import Client


class Tab:
    """A tab of a browser; tabs of one browser share its cookies. As strict about tokens as the server."""

    def __init__(self, browser: Client | None = None) -> None:
        self.browser = browser or Client(enforce_csrf_checks=True)
        self.response = HttpResponse()
        self.path = ""

    @property
    def page(self) -> BeautifulSoup:
        """The page as it is open now."""
        return BeautifulSoup(self.response.content.decode(), "html.parser")

    @property
    def text(self) -> str:
        """What can be read in its main part."""
        return " ".join(self.page.select_one("main").get_text(" ").split())

    def open(self, path: str) -> "Tab":
        """Go there, along redirections."""
        return self._arrive(self.browser.get(path, follow=True), path)

    def fields(self, action: str = "", having: str = "") -> dict[str, Any]:
        """The fields of the form that goes to this path (or nowhere else) and has a field of this name."""
        return fields_of(self.form(action, having))

    def form(self, action: str = "", having: str = "") -> Tag:
        """That form."""
        for form in self.page.select("main form"):
            if form.get("action", self.path).startswith(action) and (not having or form.select(f"[name='{having}']")):
                return form
        raise AssertionError(f"no form for {action} with {having}: {self.text}")

    def send(self, action: str = "", having: str = "", *, headers: Any = None, **fields: str) -> "Tab":
        """Fill in that form and send it, along redirections."""
        form = self.form(action, having)
        values = {**fields_of(form), **fields}
        path = form.get("action") or self.path
        return self.post(path, values, headers)

    def post(self, path: str, values: Any, headers: Any = None) -> "Tab":
        """Send these fields there, along redirections."""
        return self._arrive(self.browser.post(path, values, follow=True, headers=headers), path)

    def log_in(self, username: str, password: str) -> "Tab":
        """Through the login page."""
        return self.open("/login/").send(having="password", username=username, password=password)

    def log_out(self) -> "Tab":
        """By the button in the account's menu."""
        form = self.page.select_one("form[action='/logout/']")
        return self.post("/logout/", fields_of(form))

    def _arrive(self, response: Any, path: str) -> "Tab":
        self.response = response
        self.path = response.redirect_chain[-1][0] if response.redirect_chain else path
        return self


def fields_of(form: Tag) -> dict[str, Any]:
    """What a browser sends of a form before anything is typed; no buttons."""
    values: dict[str, Any] = {}
    for field in form.select("[name]"):
        kind = field.get("type", "")
        if field.name == "textarea":
            values[field["name"]] = field.get_text().removeprefix("\n")
        elif field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            values[field["name"]] = chosen.get("value", chosen.get_text()) if chosen else ""
        elif field.name == "input" and (kind not in ("checkbox", "radio", "file") or field.has_attr("checked")):
            values[field["name"]] = field.get("value", "on" if kind == "checkbox" else "")
    return values
