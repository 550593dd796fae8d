"""Does the server read our longest prompt to its end? Some cut it without a word, and answer from what is left."""

from django.conf import settings

from llm_modes.catalogue import MODES
from llm_modes.checking.advice import about_window, advice
from llm_modes.checking.findings import Finding
from llm_modes.checking.probe import mode as probe
from llm_modes.checking.trial import Try, patiently, try_out

# Tokens of a story whose background, notes and story so far are as long as their settings allow (docs/models.md).
LONGEST_PROMPT = 9_700
# A word of the probe is a token at least, so fewer counted tokens than words were cut. Some counts leave a little out.
READ_WHOLE = 0.9


def words_needed() -> int:
    """How many tokens the longest prompt of a mode takes together with its reply: both have to fit into the window."""
    return LONGEST_PROMPT + MODES["build_story"].max_output_tokens + settings.COACH_EXTRA_OUTPUT_TOKENS


def send_long_prompt(model: str, patience: float) -> Try:
    """A prompt that fills what the longest one and its reply need, and a reply of a few tokens."""
    with patiently(patience):
        return try_out(probe.PROBE, probe.inputs(words_needed()), model=model)


def finding(tried: Try) -> Finding:
    """Whether it was read to its end."""
    words, counted = words_needed(), tried.sent[0].input_tokens if tried.sent else 0
    sent = f"A prompt of {words:,} tokens, as our longest one needs with its reply,"
    said_by_server = bool(tried.sent) and not tried.sent[0].estimated
    if tried.failure and tried.failure.code != "invalid_reply":
        if tried.failure.code == "timeout":
            return Finding(f"{sent} was not read in time ({tried.detail}).")
        return Finding(f"{sent} fails: {advice(tried.failure)}")
    if said_by_server and counted < READ_WHOLE * words:
        return Finding(f"{sent} was cut: the server read {counted:,} of them. {about_window()}")
    if said_by_server:
        return Finding(f"{sent} is read to its end: the server counted {counted:,}.", fails=False)
    if _repeated(tried):
        return Finding(f"{sent} is read to its end: the model knows how it begins.", fails=False)
    return Finding(
        f"{sent} was answered, but perhaps cut: the server does not count, and the model does not know how it begins. "
        f"If so: {about_window()}",
        fails=False,
    )


def _repeated(tried: Try) -> bool:
    asked = tried.inputs.model_dump()["code_word"]
    return tried.reply is not None and asked.lower() in tried.reply.code_word.lower()
