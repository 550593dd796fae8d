"""The figures of `make bench-load`: what is the model's, what the program's, and which errors were asked for."""

from tests.load.figures import Route, percentile, routes_of, waits_of
from tests.load.forms import forms

TEXT = "In short, note-0123456789."


def wait(**fields):
    line = {"kind": "wait", "what": "mark", "began": 10.0, "at": 15.0, "status": 200, "call": "call-1", "who": "kim"}
    return {**line, "text": TEXT, **fields}


def call(**fields):
    line = {"call": "call-1", "mode": "evaluate_answer", "marker": "note-0123456789", "fault": "", "prompt": "a"}
    return {**line, "began": 10.1, "ended": 14.9, "own": 4.8, **fields}


def request(**fields):
    line = {"kind": "request", "route": "POST /attempts/<id>/feedback/?again", "ms": 5.0, "status": 503, "who": "kim"}
    return {**line, "queries": 3.0, "processor": 2.0, "at": 12.0, **fields}


def test_what_the_model_took_is_not_the_programs():
    [(_line, told)] = waits_of([wait()], [call()])
    assert (round(told.seconds, 3), round(told.beyond, 3)) == (5.0, 0.2)


def test_a_wait_in_which_the_model_failed_is_not_timed():
    [(_line, told)] = waits_of([wait()], [call(call="call-0", fault="http_500", ended=11.0), call()])
    assert told.faulty
    assert told.beyond is None


def test_a_failure_for_another_candidates_questions_leaves_a_wait_timed():
    line = wait(what="questions", text="")
    asked = {"mode": "generate_questions", "marker": ""}
    failed = call(call="call-0", fault="http_500", ended=11.0, prompt="another's", **asked)
    [(_line, told)] = waits_of([line], [failed, call(**asked)])
    assert not told.faulty
    assert round(told.beyond, 3) == 0.2


def test_an_error_is_injected_only_where_the_model_failed_for_that_very_wait():
    diary = [wait(status=503, call=""), wait(status=503, call="", who="lee", text="note-aaaaaaaaaa")]
    waits = waits_of(diary, [call(fault="http_500")])
    [route] = routes_of([*diary, request(), request(who="lee"), request(status=0, at=99.0)], waits, [])
    assert (route.injected, route.real, route.refused) == (1, 2, 1)


def test_a_summary_for_which_the_model_failed_the_worker_is_an_injected_error():
    waited = wait(what="summary", text="", status=503, call="")
    told = {"kind": "told", "what": "saved", "who": "lee", "text": TEXT}
    asked = request(route="POST /sessions/<id>/summary/?again")
    fault = {"call": "call-0", "fault": "http_500", "mode": "reconcile_session", "ended": 11.0}
    for marker, injected in (("", 1), ("note-0123456789", 0)):
        [route] = routes_of([told, waited, asked], [], [call(marker=marker, **fault)])
        assert (route.injected, route.real) == (injected, 1 - injected)


def test_what_asks_the_model_has_no_bar_of_a_page_but_looking_how_far_it_is_has_one():
    assert Route("POST /attempts/<id>/live/").asks
    assert Route("POST /study/evaluate_answer/<id>").asks
    assert not Route("POST /attempts/<id>/feedback/?look").asks
    assert not Route("GET /attempts/<id>/").asks


def test_a_percentile_is_one_of_the_values():
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([7.0], 0.95) == 7
    assert percentile([], 0.95) == 0


def test_a_form_is_read_with_the_values_that_a_browser_would_send():
    page = """<form method="post" action="/a/?b=1&amp;c"><input type="hidden" name="token" value="&quot;x">
      <input type="checkbox" name="off"><input type="radio" name="mark" value="3" checked>
      <textarea name="text">\nold &lt;words&gt;</textarea><button name="wish" value="easier">Easier</button>
      <select name="self"><option value="">none<option value="4" selected>4</select></form>
      <form><input name="q"></form>"""
    [form] = forms(page)
    assert form.action == "/a/?b=1&c"
    assert form.fields == {"token": '"x', "mark": "3", "text": "old <words>", "self": "4"}
