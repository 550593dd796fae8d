"""What the candidate confirmed about themselves and the post: other modes are told it."""

from pydantic import BaseModel

from llm_modes.language.mode import inline
from llm_modes.language.tokens import clip, first_within

# As the coach writes them, and as the candidate may.
MOST_COMPETENCIES, NAME_WORDS, QUOTE_WORDS, PROFILE_WORDS = 8, 4, 25, 120
# Of the prompt of every round of questions and every story, however much was confirmed.
PREPARATION_TOKENS = 200
# Of the prompt of a plan, which takes all of it, in an alphabet.
WHOLE_TOKENS = 1200


class Competency(BaseModel):
    """Something that the post asks for. `evidence`: where the candidate's experience shows it, if it does."""

    name: str
    wanted: str = ""
    evidence: str | None = None

    def line(self) -> str:
        """One line of a prompt."""
        return inline(f"{self.name}: wanted: {self.wanted or '-'}; evidence: {self.evidence or 'none'}")


class Preparation(BaseModel):
    """The person and the post, as the candidate confirmed them; empty until they did."""

    profile: str = ""
    competencies: list[Competency] = []

    def lines(self, tokens: int = PREPARATION_TOKENS) -> list[str]:
        """Lines of a prompt, of so many tokens at most: the competencies first, the profile in what is left."""
        kept = first_within([one.line() for one in self.competencies], tokens * 2 // 3)
        profile = clip(inline(self.profile), tokens // 3) if self.profile else ""
        return [*kept, *([profile] if profile else [])]


def section(preparation: Preparation | None, tokens: int = PREPARATION_TOKENS) -> str:
    """The part of a prompt with these lines, with its tags; "" where nothing is confirmed, since tags are paid for."""
    lines = preparation.lines(tokens) if preparation else []
    return "\n<preparation>\n{}\n</preparation>".format("\n".join(lines)) if lines else ""
