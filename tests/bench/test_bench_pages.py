"""The parts of `make bench-pages` that need no quiet machine."""

import importlib

import pytest
from django.conf import settings

from tests.bench import figures, threads
from tests.bench.candidates import ROWS, routes
from tests.bench.sender import Sent
from tests.bench.servers import Spent


def measured(*milliseconds: float, share: float, queries: int = 4, status: int = 200) -> figures.Figures:
    """Figures of a page that took so long, and twice as long of the processor."""
    found = figures.Figures(queries)
    seconds = sum(milliseconds) / 1000
    found.add(Sent(seconds, 1, list(milliseconds), [status] * len(milliseconds)), Spent(2 * seconds, 0))
    found.shares.append(share)
    return found


def page(path: str, **more: float) -> figures.Page:
    return figures.Page(path, heavy=measured(10, 10, **more), small=measured(10, 10, **more))


BARE = measured(2, 2, share=1.0)


def test_bars_that_hold_are_not_named():
    pages = [page("/", share=0.35, queries=6), page("/plan/", share=0.15)]
    assert figures.missed(pages, BARE, 100, by_processor=False) == []
    told = figures.lines(pages, BARE, 100)
    assert told[2].split()[:3] == ["/", "100", "0.35"]
    assert "home needs 6 queries; the bar is 6" in told


def test_each_bar_that_does_not_hold_is_named():
    grown = figures.Page("/stories/", heavy=measured(20, 20, share=1), small=measured(10, 10, share=1))
    failed = page("/notes/", share=1, status=500)
    pages = [page("/", share=0.34, queries=7), page("/plan/", share=0.14), grown, failed]
    assert figures.missed(pages, BARE, 101, by_processor=False) == [
        "/ reaches 0.34 of the bare view by requests a second, not 0.35",
        "/ needs 7 queries, not 6",
        "/plan/ reaches 0.14 of the bare view by requests a second, not 0.15",
        "/stories/ takes the heavy candidate 2.00 times as long, not 1.3",
        "/notes/ answered 500",
        "signing in takes 101 ms of processor, not 100",
    ]


def test_shares_are_taken_of_the_processor_where_that_is_asked_for():
    pages = [page("/", share=1.0)]
    assert figures.missed(pages, BARE, 1, by_processor=True) == [
        "/ reaches 0.20 of the bare view by processor, not 0.35"
    ]


def test_files_and_pages_that_are_the_same_for_everybody_may_take_what_they_take():
    heavy, small = measured(20, 20, share=0.01), measured(10, 10, share=0.01)
    assert (
        figures.missed([figures.Page("/account/export/", heavy=heavy, small=small)], BARE, 1, by_processor=False) == []
    )
    heavy, small = measured(20, 20, share=1), measured(10, 10, share=1)
    same = figures.Page("/health/", public=True, heavy=heavy, small=small)
    assert figures.missed([same], BARE, 1, by_processor=False) == []


def test_every_page_of_a_candidate_is_measured_with_an_id_that_can_be_found():
    found = routes()
    assert {route.own for route in found} - {""} == set(ROWS)
    paths = [route.path for route in found]
    assert {"/", "/plan/", "/sessions/<int:pk>/", "/stories/", "/plan/view", "/login/"} <= set(paths)
    assert len(paths) == len(set(paths)) > 30
    assert not [path for path in paths if path.startswith("/admin/")]


def test_the_bare_project_has_our_settings_and_none_of_what_django_is_told(monkeypatch):
    monkeypatch.setenv("BARE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    bare = importlib.import_module("tests.bench.bare.settings")
    for name in ("HOST", "PORT", "COACH_WEB_THREADS", "FORM_BYTES", "BODY_SECONDS"):
        assert getattr(bare, name) == getattr(settings, name)
    assert len(bare.MIDDLEWARE) == 2
    for name in ("SESSION_ENGINE", "AUTH_USER_MODEL", "LOGGING", "STORAGES"):
        assert not hasattr(bare, name)


def test_a_way_of_running_the_server_says_what_is_not_as_usual():
    assert threads.read("threads=8,switch=0.001") == {"threads": 8, "switch": 0.001, "garbage": 700, "processes": 2}
    with pytest.raises(SystemExit):
        threads.read("wings=2")


def test_ways_are_compared_with_the_first_one():
    ways = [threads.TODAY, "threads=8"]
    found = {(ways[0], n): measured(10, 10, share=100) for n in threads.AT_ONCE}
    found |= {(ways[1], n): measured(20, 20, share=50) for n in threads.AT_ONCE}
    assert threads.lines(ways, found)[2].split() == ["threads=8", "2", "50", "0.50", "40.00", "2.00", "20.0", "2.00"]
