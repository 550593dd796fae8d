"""A short form of `make load`."""

from tests.load.fifty_candidates import measure

CANDIDATES = 10


def test_candidates_who_answer_at_the_same_moment_all_get_their_mark():
    found = measure(CANDIDATES)
    assert found.failed == 0
    assert len(found.beyond) == CANDIDATES
    assert (len(found.marks), len(found.pages)) == (CANDIDATES, CANDIDATES)
