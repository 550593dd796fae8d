"""What is tried where a topic is stuck, and how hard its questions are."""

import pytest

from llm_modes.generate_questions.approaches import APPROACHES, choose, lacking_crafts, prompt_line
from llm_modes.generate_questions.difficulties import in_order, wanted
from tests.fake_llm import count_tokens

LACKING = ["numbers", "fit", "blame"]


def ladder(sessions: int, rungs=(1, 1, 2, 2, 3, 3)) -> list[str]:
    """What is tried in so many sessions of a candidate whom nothing helps; the last rung goes on."""
    tried: list[str] = []
    for number in range(sessions):
        rung = rungs[number] if number < len(rungs) else 4
        tried.insert(0, choose(rung, tried=tried, lacking=LACKING).name)
    return tried[::-1]


def test_a_candidate_whom_nothing_helps_never_gets_the_same_advice_twice_in_eighty_sessions():
    names = ladder(80)
    for voice in ("name", "title", "said", "here", "prompt"):
        assert len({getattr(APPROACHES[name], voice) for name in names}) == 80


def test_it_goes_from_easier_to_the_story_to_what_comes_before_and_on_with_one_thing_at_a_time():
    assert ladder(9) == [
        "points open",
        "point by point",
        "story first",
        "half-finished",
        "one step before",
        "look it up",
        "only numbers",
        "only blame",
        "only example",
    ]


@pytest.mark.parametrize("rung", [1, 2, 3, 4])
def test_however_long_it_stays_on_a_rung_nothing_comes_again_within_ten_sessions(rung):
    tried = ladder(60, [rung] * 60)
    assert all(tried[place] not in tried[max(0, place - 10) : place] for place in range(60))


def test_off_the_ladder_nothing_is_tried():
    assert choose(0, tried=["points open"]) is None


def test_an_approach_fits_its_column_and_takes_at_most_thirty_tokens_of_a_prompt():
    for name in APPROACHES:
        assert len(name) <= 20
        assert count_tokens(prompt_line(name)) <= 30, name
        assert "!" not in APPROACHES[name].said


def test_what_the_remarks_ask_for_most_comes_first():
    remarks = ["Give one example.", "Say what the result was.", "What came of it, as a result?", "Ein Beispiel fehlt."]
    assert lacking_crafts(remarks)[:2] == ["outcome", "example"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"level": "medium"}, {"easy": 1, "medium": 3, "hard": 1}),
        ({"level": "easy"}, {"easy": 4, "medium": 1}),
        ({"level": "hard"}, {"medium": 1, "hard": 4}),
        ({"level": "hard", "wish": "easier"}, {"easy": 1, "medium": 3, "hard": 1}),
        ({"level": "hard", "wish": "harder"}, {"hard": 5}),
        ({"level": "easy", "wish": "easier"}, {"easy": 5}),
        ({"level": "hard", "rung": 1}, {"easy": 5}),
        ({"level": "hard", "rung": 3, "wish": "harder"}, {"easy": 1, "medium": 3, "hard": 1}),
        ({"level": "medium", "seniority": "junior"}, {"easy": 4, "medium": 1}),
        ({"level": "medium", "seniority": "senior"}, {"medium": 4, "hard": 1}),
    ],
)
def test_how_many_of_which_difficulty_follow_the_level_and_the_wish_wins(given, found):
    assert wanted(5, **given) == found


@pytest.mark.parametrize("count", [3, 4, 5, 6])
@pytest.mark.parametrize("level", ["easy", "medium", "hard"])
@pytest.mark.parametrize("wish", ["", "others", "easier", "harder"])
def test_as_many_as_asked_for_and_none_of_no_kind(count, level, wish):
    found = wanted(count, level=level, wish=wish)
    assert sum(found.values()) == count == len(in_order(found))
    assert 0 not in found.values()
