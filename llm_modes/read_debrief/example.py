"""ReadDebrief with the smallest sensible inputs."""

from llm_modes.language.mode import Example
from llm_modes.read_debrief.schema import ReadDebriefInputs

EXAMPLE = Example(
    ReadDebriefInputs(
        role="Backend engineer",
        topics=["System design", "Conflict stories"],
        told=(
            "They asked how I would design a rate limiter. I knew the algorithms, but I had no numbers at all when "
            "they wanted to know how much memory it takes. Then why I want to leave my job; that went fine."
        ),
    ),
    {
        "questions": [
            {"question": "How would you design a rate limiter?", "topic": "System design", "went": "so_so"},
            {"question": "Why do you want to leave your job?", "topic": None, "went": "well"},
        ],
        "gaps": [{"quote": "I had no numbers at all", "gap": "Estimating memory in numbers"}],
    },
)
