"""Ids and questions in addresses that nobody's page links to: a 404 or the page, never an error of ours."""

from itertools import product

from tests.security.cast import WithCast, taken_back
from tests.security.routes import table, url_of

# Zero, beyond bigint, beyond any number, with a sign, in Arabic, full-width and superscript digits, a NUL, no UTF-8.
ODD_IDS = (
    "0",
    str(2**63),
    "9" * 400,
    "-1",
    "+1",
    "1.0",
    "1e3",
    "%D9%A1",
    "%EF%BC%91",
    "%C2%B2",
    "1%00",
    "%FF",
    "1%0A",
    "%20",
    "'",
)
QUERIES = ("page", "before", "earlier", "later", "again", "edit", "next", "card")
ADMIN_QUERIES = ("q", "p", "o", "id__gte", "at__year", "by", "days")
ODD_VALUES = ("%C2%B2", "%D9%A1", "9" * 30, "-1", "%00", "%FF", "", "%F0%9F%92%A9", "..%2F..", "%7B%7B7*7%7D%7D")


class TestOddAddresses(WithCast):
    def send(self, role: str, method: str, url: str):
        content = {"data": "{}", "content_type": "application/json"} if url.startswith("/study/") else {}
        with taken_back():
            return self.cast.visitors[role].send(method, url, **content)

    def test_an_odd_id_of_a_candidate_is_404(self):
        routes = [route for route in table() if route.own]
        assert len(routes) > 20
        for route, odd in product(routes, ODD_IDS):
            response = self.send("owner", route.methods[0], url_of(route, odd))
            with self.subTest(path=route.path, id=odd[:30]):
                assert response.status_code in ({404, 422} if route.is_rest else {404})

    def test_an_odd_id_in_the_admin_is_no_error(self):
        routes = [route for route in table() if "<path:object_id>/" in route.path or "<id>" in route.path]
        assert len(routes) > 80
        for route, odd in product(routes, (str(2**63), "1%00", "%FF", "_00")):
            response = self.send("superuser", "GET", url_of(route, "", odd))
            with self.subTest(path=route.path, id=odd):
                assert response.status_code in {302, 403, 404}

    def test_odd_questions_behind_a_page_are_no_error(self):
        routes = [route for route in table() if "GET" in route.methods and not route.is_admin]
        for route, odd in product(routes, ODD_VALUES):
            query = "&".join(f"{name}={odd}" for name in QUERIES)
            response = self.send("owner", "GET", f"{url_of(route, self.cast.ids.get(route.own, ''))}?{query}")
            with self.subTest(path=route.path, value=odd):
                assert response.status_code in {200, 204, 302, 404}

    def test_odd_questions_behind_a_list_of_the_admin_are_no_error(self):
        lists = [route for route in table() if route.is_admin and route.path.count("/") == 4 and "<" not in route.path]
        assert len(lists) > 20
        for route, name, odd in product(lists, ADMIN_QUERIES, ("9" * 30, "%00")):
            response = self.send("superuser", "GET", f"{route.path}?{name}={odd}")
            with self.subTest(path=route.path, query=f"{name}={odd}"):
                assert response.status_code in {200, 302, 400, 404}
