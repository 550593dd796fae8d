"""What was said in a recording: the transcript without the phrases that speech models invent in silence."""

import re
from typing import Any, NamedTuple

from llm_modes.language.folding import spoken

# OpenAI's own bounds for a silent segment (whisper/transcribe.py: no_speech_threshold, logprob_threshold).
NO_SPEECH, UNSURE = 0.6, -1.0
# Bounds for a server's no_speech_prob. From here on nobody spoke, however sure the model is of the words.
SURELY_NOBODY = 0.9
# From here on a known invented phrase counts as invented, also between other phrases.
PERHAPS_NOBODY = 0.3
# Below this somebody spoke. They may have said "thank you".
SURELY_SOMEBODY = 0.05

# Whisper learned from subtitles, and writes their last lines when it hears silence. Collected from
# https://github.com/openai/whisper/discussions/928 and /679, JSchmie/ScrAIbe (scraibe/hallucinations.py),
# zachlatta/freeflow#111, amicalhq/amical#71, Vexa-ai/vexa#617 and woheller69/whisperIME#57.
# Nobody's whole answer in an interview is one of these.
_CREDITS = (
    r"(thank you( so much| very much)?|thanks)( all)? for (your )?watching( (this|the|my) video)?",
    r"(please )?(like and |don t forget to )?subscribe( to (my|the) channel)?",
    r"(i ll )?see you( all)?( again)? (in the next (video|one)|next (time|video))",
    r"(subtitles|captions|captioned|transcription|translation) (provided |made )?by( \w+){1,3}",
    r"(?=.*\b(amara|zdf|qtss|geiges|sous titreur|st ?501)\b)"
    r"(subtitle|caption|untertitel|ondertitel|sous titr|subt[ií]tul|legenda|transcrição|sottotitol|napisy|tłumaczenie)"
    r"\w*( \w+){0,9}",
    r"(copyright )?(wdr|swr|zdf) \d{4}|vielen dank fürs zuschauen",
    r"редактор субтитров.*|субтитры (сделал|создавал|подогнал).*|продолжение следует|спасибо за просмотр",
    r"abone olmayi unutmayin|izlediğiniz için teşekkür(ler| ederim| ederiz)",
    r"(小編)?字幕(?=.*(amara|社区|社區|提供|志愿|志願)).{0,24}|(请|請)不吝(点赞|點贊).*|(谢谢|多謝)(大家)?(观看|收看|收睇)",
    r"(ご視聴|ご清聴)(いただき)?ありがとうございました|次の動画でお会いしましょう|チャンネル登録(を)?(よろしく)?お願いします",
    r"시청해 ?주셔서 감사합니다",
)
# Somebody may well say these, so the server's no_speech_prob decides.
_SHORT = (
    r"you|thank you( very much| so much)?|thanks|bye( bye)?|okay|hmm?|uh|oh|so",
    r"ありがとうございました|おやすみなさい|谢谢|감사합니다",
)
_CREDIT = re.compile("|".join(f"(?:{one})" for one in _CREDITS))
_CREDIT_OR_SHORT = re.compile("|".join(f"(?:{one})" for one in _CREDITS + _SHORT))


class Heard(NamedTuple):
    """`text`: what was said, or "". `left_out`: what the model wrote where nobody spoke."""

    text: str
    left_out: str


def heard(text: str, segments: Any = None) -> Heard:
    """Separate what was said from what was invented. `segments`: the server's (text, no_speech_prob, avg_logprob).

    In a transcript of known phrases only, short ones count as said only if the server is sure that somebody spoke.
    """
    parts = [part for part in segments or [] if isinstance(getattr(part, "text", None), str)]
    if not parts:
        return Heard("", text.strip()) if _is_made_up(text, SURELY_NOBODY) else Heard(text.strip(), "")
    if all(_is_made_up(part.text, max(_no_speech(part), 0.0)) for part in parts):
        return Heard("", _joined(parts))
    noise = [part for part in parts if _is_nobody(part)]
    if not noise:
        return Heard(text.strip(), "")
    return Heard(_joined([part for part in parts if part not in noise]), _joined(noise))


def _is_made_up(text: str, no_speech: float) -> bool:
    """Whether these words, if there are no others, were invented: every sentence is a known phrase."""
    sentences = [spoken(one) for one in re.split(r"[.!?。！？\n]+(?=\s|$)|(?<=[。！？])", text)]
    sentences = [one for one in sentences if one]
    known = _CREDIT_OR_SHORT if no_speech >= SURELY_SOMEBODY else _CREDIT
    return all(known.fullmatch(one) for one in sentences)


def _is_nobody(part: Any) -> bool:
    no_speech, logprob = _no_speech(part), getattr(part, "avg_logprob", None)
    if no_speech >= SURELY_NOBODY:
        return True
    if no_speech > NO_SPEECH and isinstance(logprob, int | float) and logprob < UNSURE:
        return True
    return no_speech >= PERHAPS_NOBODY and _is_made_up(part.text, no_speech)


def _no_speech(part: Any) -> float:
    """How likely it is that nobody spoke, 0 to 1; 0.5 if the server does not say."""
    said = getattr(part, "no_speech_prob", None)
    return float(said) if isinstance(said, int | float) and 0 <= said <= 1 else 0.5


def _joined(parts: list[Any]) -> str:
    return " ".join("".join(part.text for part in parts).split())
