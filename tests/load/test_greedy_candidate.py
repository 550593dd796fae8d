"""A short form of the greedy candidate: fewer calls, and a server that believes to have fewer threads."""

from tests.load.greedy_candidate import measure

CALLS, THREADS = 40, 16


def test_one_candidate_with_forty_calls_keeps_nobody_else_out():
    found = measure(CALLS, thinking=0.5, COACH_WEB_THREADS=str(THREADS))
    # Two processes, and half of the threads of each.
    refused = found.statuses[429] + found.statuses[503]
    assert {200, 429} <= set(found.statuses) <= {200, 429, 503}
    assert refused >= CALLS - 2 * THREADS // 2
    assert found.waits_told == refused
    assert 1 <= found.most_at_once <= 2
    assert found.mark < 10  # it was marked: neither refused nor behind the others
