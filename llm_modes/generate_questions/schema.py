"""GenerateQuestions: what to practise next in a topic."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from llm_modes.generate_questions.approaches import prompt_line
from llm_modes.generate_questions.difficulties import Difficulties, Difficulty, said
from llm_modes.generate_questions.kinds import LEAST_LINES, MOST_LINES, KindSaid, Line
from llm_modes.language.folding import folded
from llm_modes.language.mending import Exactly, Overwritten
from llm_modes.language.mode import Inputs, Mode, Reply, inline, inputs_of_call, lines
from llm_modes.language.repetition import Known
from llm_modes.language.sent_schema import leave_out
from llm_modes.language.tokens import clip, first_within
from llm_modes.language.words import Words, is_clipping
from llm_modes.read_context.preparation import Preparation
from llm_modes.stages import Stage
from llm_modes.suggest_plan.plan import Topic

NewOrRedo = Literal["new", "redo"]
RedoReason = Literal["weak_answer", "incomplete", "time_pressure", "high_value"]
Wish = Literal["", "others", "easier", "harder"]

MIN_QUESTIONS, MAX_QUESTIONS = 3, 6
# Some to spare: those that repeat a known one are dropped.
MORE = 2
MOST_WRITTEN = MAX_QUESTIONS + MORE
# Tokens of all redos, and of all recent questions, however many there are. Code finds repeats of older questions.
REDO_TOKENS, RECENT_TOKENS = 200, 350
MOST_RECENT = 20
# Tokens of how the interview goes, which the candidate says in 20 words.
FORMAT_TOKENS = 40
WISHES = {
    "": "none",
    "others": "other questions than those just suggested",
    "easier": "easier questions than usual",
    "harder": "harder questions than usual",
}


class Focus(BaseModel):
    focus: str
    reason: str


class RedoCandidate(BaseModel):
    number: int
    question: str
    last_score: int | None
    reason: RedoReason


class GenerateQuestionsInputs(Inputs):
    topic: Topic
    role: str
    level: str
    strength_rating: float | None
    few_marks: str = Field(default="", description="what a strength rests on where that is little")
    next_focus: list[Focus]
    wish: Wish
    difficulties: Difficulties = Field(description="how many of each, together `count`")
    approach: str = Field(default="", description="what is tried where the topic is stuck: a name of approaches.py")
    redo_candidates: list[RedoCandidate] = Field(description="all of them are asked again, whatever the reply says")
    recent_questions: list[str] = Field(description="the topic's, the latest first")
    known_questions: list[str] = Field(
        default_factory=list, description="of every topic: too many for the prompt, checked for repeats all the same"
    )
    fillers: int = Field(default=0, description="how many known ones of the topic can fill a list that is too short")
    fillers_beside_news: int = Field(default=0, description="of them those that are not due: redos take half of a list")
    preparation: Preparation = Field(default_factory=Preparation, description="what the candidate confirmed")
    interview_format: str = Field(default="", description="how the interview goes, and who asks")
    count: int = Field(ge=MIN_QUESTIONS, le=MAX_QUESTIONS, description="new ones and redos")

    def _strength(self) -> str:
        if self.strength_rating is None:
            return "no marks yet"
        return f"{self.strength_rating:.1f} of 10{f', {self.few_marks}' if self.few_marks else ''}"

    def _prepared(self) -> list[str]:
        said = clip(inline(self.interview_format), FORMAT_TOKENS) if self.interview_format else ""
        return [*([f"format: {said}"] if said else []), *self.preparation.lines()]

    def variables(self) -> Mapping[str, str]:
        redo = [
            f"{candidate.number}: {inline(candidate.question)} ({candidate.last_score or '-'}, {candidate.reason})"
            for candidate in self.redo_candidates
        ]
        return {
            "role": inline(self.role),
            "level": clip(inline(self.level), 60),
            "topic": inline(self.topic.name),
            "description": inline(self.topic.description),
            "outcome": inline(self.topic.expected_outcome),
            "strength": self._strength(),
            "focus": lines([f"{item.focus} ({item.reason})" for item in self.next_focus]),
            "wish": WISHES[self.wish],
            "count": str(self.count),
            "difficulties": said(self.difficulties),
            "approach": prompt_line(self.approach) or "(none)",
            "prepared": "\n".join(self._prepared()) or "(none)",
            "redo": "\n".join(first_within(redo, REDO_TOKENS)) or "(none)",
            "recent": lines(first_within(self.recent_questions[:MOST_RECENT], RECENT_TOKENS)),
        }


class SuggestedQuestion(BaseModel):
    # Which one of the list comes before its text, and the text before how hard it is.
    status: NewOrRedo
    # A new question has neither number nor reason; a redo's text and reason are those of our row.
    redo_of: Annotated[int | None, Exactly(), Overwritten(None, where=("status", "new"))] = None
    redo_reason: Annotated[RedoReason | None, Overwritten(None)] = None
    question: Annotated[str, Words(30), Overwritten("(from our row)", where=("status", "redo"))]
    # Each is empty where it is not valid: no question is lost for it, and what is lacking is asked for once more.
    kind: KindSaid = ""
    looks_for: Annotated[
        list[Line],
        Field(max_length=MOST_LINES, json_schema_extra={"minItems": LEAST_LINES}),
        Overwritten([]),
    ] = []
    serves: Annotated[Annotated[str, Field(max_length=100)] | None, Overwritten(None)] = None
    difficulty: Difficulty


class GenerateQuestionsReply(Reply):
    # None is asked for fewer. That code may accept fewer, from a known list or offline, is no model's business.
    questions: list[SuggestedQuestion] = Field(max_length=MOST_WRITTEN, json_schema_extra={"minItems": MIN_QUESTIONS})
    # For the offline coach to say: its bank has an end. No model is told of it.
    nothing_left: SkipJsonSchema[bool] = False

    @classmethod
    def left_by(cls, inputs: GenerateQuestionsInputs, schema: dict[str, Any]) -> dict[str, Any]:
        """As many as are wanted and some to spare; no redo, and no competency, where none is listed."""
        schema = deepcopy(schema)
        question = schema["properties"]["questions"]["items"]
        schema["properties"]["questions"]["maxItems"] = min(MOST_WRITTEN, inputs.count + MORE)
        if not inputs.redo_candidates:
            nothing = {"type": "null"}
            question["properties"].update(
                status={"enum": ["new"], "type": "string"}, redo_of=nothing, redo_reason=nothing
            )
        if not inputs.preparation.competencies:
            leave_out(question, "serves")
        return schema

    @model_validator(mode="after")
    def check_questions(self) -> "GenerateQuestionsReply":
        """Redos name a listed candidate and take its text; new ones that repeat an old one are dropped.

        Too few new ones are asked for once more. When they still are too few, known ones fill the list (study).
        """
        inputs = inputs_of_call()
        self.questions = _usable(self.questions, inputs)[:MAX_QUESTIONS]
        new = sum(question.status == "new" for question in self.questions)
        redos = len(inputs.redo_candidates) if inputs else len(self.questions) - new
        fillers = inputs.fillers if inputs else 0
        has_to_do = self.nothing_left or (is_clipping() and new + redos + fillers > 0)
        least = MIN_QUESTIONS - min(1, redos)
        if new < least and not has_to_do:
            raise ValueError(
                f"{new} usable new questions, at least {least} are needed: "
                "write new ones that repeat none of the listed."
            )
        _complete(self.questions, inputs)
        return self


def _usable(questions: list[SuggestedQuestion], inputs: GenerateQuestionsInputs | None) -> list[SuggestedQuestion]:
    """The redos, as the inputs list them, and the new ones that repeat none. Raises ValueError for an unlisted redo."""
    listed = {candidate.number: candidate for candidate in inputs.redo_candidates} if inputs else {}
    known = _known(inputs)
    kept: list[SuggestedQuestion] = []
    for question in questions:
        if question.status == "redo" and inputs:
            candidate = listed.pop(question.redo_of, None) if question.redo_of is not None else None
            if candidate is None:
                raise ValueError(f"redo_of {question.redo_of} is not a number of the redo list, or is used twice.")
            question.question, question.redo_reason = candidate.question, candidate.reason
        elif question.status == "new":
            question.redo_of = question.redo_reason = None
            if known.has(question.question):
                continue
            known.add(question.question)
        kept.append(question)
    return kept


def _complete(questions: list[SuggestedQuestion], inputs: GenerateQuestionsInputs | None) -> None:
    """Name competencies as they are listed. Raises ValueError for what new ones lack, unless it has to do."""
    listed = {folded(one.name): one.name for one in inputs.preparation.competencies} if inputs else {}
    for place, question in enumerate(questions, start=1):
        question.serves = listed.get(folded(question.serves)) if question.serves else None
        is_whole = question.kind and len(question.looks_for) >= LEAST_LINES
        if question.status == "new" and not (is_whole or is_clipping()):
            raise ValueError(
                f"question {place} needs its kind, and in looks_for {LEAST_LINES} to {MOST_LINES} lines of at most 10 "
                "words; so may others."
            )


def _known(inputs: GenerateQuestionsInputs | None) -> Known:
    """What no new question may repeat."""
    if inputs is None:
        return Known([])
    redo = [candidate.question for candidate in inputs.redo_candidates]
    return Known([*inputs.recent_questions, *inputs.known_questions, *redo])


MODE = Mode(
    __package__,
    GenerateQuestionsInputs,
    GenerateQuestionsReply,
    stages=(Stage.IN_SESSION,),
    usual_seconds=(5, 10),
    max_output_tokens=2400,
    fixed_budget=490,
    input_budget=1300,
)
