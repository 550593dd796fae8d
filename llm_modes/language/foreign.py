"""Telling that a text is not English, which the rules cannot judge."""

import re

from llm_modes.language.text import STOP_WORDS, clean, words

# Frequent words of languages that candidates write in, without those that are English words as well.
_FOREIGN = frozenset(
    # German, Dutch
    "und ich nicht das ist ein eine der die den dem mit auf für wir sie haben habe wurde war dass auch sich het een"
    " van niet maar wij voor zijn ik"
    # French
    " je nous le la les des une est et dans pour que qui avec sur pas était j'ai mon notre mais plus"
    # Spanish, Portuguese, Italian
    " el los las una que en con por para mi nuestro pero muy como más estaba fue não com uma os meu foi eu il di che"
    " per sono una mio della nel abbiamo"
    # Polish, Turkish, Swedish, Indonesian
    " nie się jest że na był ve bir bu için och att det som jag inte yang dan saya untuk dengan".split()
)
_LATIN = re.compile(r"[a-zà-öø-ÿ]", re.I)
_LETTER = re.compile(r"[^\W\d_]")


def looks_foreign(text: str) -> bool:
    """True for a text that is mostly in another language or script; False for English, gibberish and short texts."""
    letters = _LETTER.findall(clean(text)[:2000])
    if len(letters) >= 10 and sum(bool(_LATIN.match(letter)) for letter in letters) < 0.6 * len(letters):
        return True
    found = words(text)[:300]
    foreign = sum(word in _FOREIGN for word in found)
    english = sum(word in STOP_WORDS for word in found)
    return len(found) >= 5 and foreign >= 0.12 * len(found) and foreign > english
