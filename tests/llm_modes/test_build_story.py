import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from tests.fake_llm import a_story
from tests.llm_modes.checking import inputs_for, read


def sections(count, points=1):
    return [{"heading": f"Part {number}", "points": ["I did it."] * points} for number in range(count)]


def test_a_story_is_read():
    story = read("build_story", a_story())
    assert [section.heading for section in story.sections] == ["Situation", "Action"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "word " * 9},
        {"title": ""},
        {"sections": []},
        {"sections": [{"heading": "Part", "points": []}]},
        {"sections": [{"heading": "one two three four five", "points": ["x"]}]},
        {"sections": [{"heading": "Part", "points": ["word " * 26]}]},
        {"gaps": ["word " * 16]},
    ],
)
def test_limits_are_enforced(wrong):
    with pytest.raises(ValidationError):
        read("build_story", a_story(**wrong))


def test_the_candidates_notes_and_story_are_read_whole():
    notes, story = "note " * 2000, "story " * 2000
    prompt = MODES["build_story"].messages(inputs_for("build_story", notes=notes, story=story))[1]["content"]
    assert notes.strip() in prompt
    assert story.strip() in prompt
