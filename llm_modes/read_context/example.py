"""ReadContext with the smallest sensible inputs."""

from llm_modes.language.mode import Example
from llm_modes.read_context.schema import ReadContextInputs

EXPERIENCE = "Six years of backend work. I cut the ledger's 95th percentile from two seconds to eighty milliseconds."
ADVERT = "You own services under load. You explain trade-offs to product managers."

EXAMPLE = Example(
    ReadContextInputs(experience=EXPERIENCE, job_advert=ADVERT, role="Backend engineer"),
    {
        "competencies": [
            {
                "wanted": "own services under load",
                "evidence": "cut the ledger's 95th percentile from two seconds to eighty milliseconds",
                "name": "Services under load",
            },
            {"wanted": "explain trade-offs to product managers", "evidence": None, "name": "Explaining trade-offs"},
        ],
        "profile": "Six years of backend work, with a measured result. Of explaining to others nothing is told yet.",
    },
)
