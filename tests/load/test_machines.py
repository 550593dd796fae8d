"""What `make machines` finds wrong. The run itself takes minutes."""

from tests.load.machines import Figures

AT = {"start": 100.0, "kill": 130.0, "restart": 160.0}


def line(at: float, status: int) -> dict:
    return {"at": at, "route": "GET /", "status": status, "why": "closed"}


def test_a_request_without_an_answer_counts_as_dropped_from_the_restart_on():
    found = Figures([], [line(131, 0), line(161, 0), line(162, 502), line(163, 200)], AT)
    assert found.dropped == ["61.0 s: GET / 0 closed", "62.0 s: GET / 502 closed"]
    assert len(found.failed) == 3


def test_a_refusal_of_the_model_s_is_no_dropped_request():
    assert Figures([], [line(170, 503), line(171, 429)], AT).dropped == []


def test_the_bars_stand_beside_the_figures():
    told = Figures(["lost: the answer 7"], [line(101, 200)], AT).told()
    assert "lost, doubled or stuck: 1 (bar: 0)" in told
    assert "lost: the answer 7" in told
