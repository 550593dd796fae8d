"""What is said of an answer: what works in it, what to do next time, what to hit, and the words the mark rests on."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from coach.counted import stopwatch
from llm_modes.evaluate_answer.craft import RUBRIC, praise_of
from llm_modes.evaluate_answer.honesty import own_words
from llm_modes.language.folding import Folded
from llm_modes.language.text import clip, stem, stems, words
from llm_modes.offline.reading import CUES, VAGUE_STEPS, clause, has_figure, is_found, phrases, steps_in
from llm_modes.offline.rubric import CHANCE, PATTERNS, STRONG, Check, Marking

MOST, WORDS, ADVICE_QUOTE, PRAISE_QUOTE, MARK_QUOTE = 3, 30, 11, 15, 18
# A craft is advised on for general sentences when they are this share of an answer; that weighs so many points.
MANY_GENERAL, GENERAL_COST = 0.3, 2.5
# An anchor counts as hit when this share of its words that carry meaning is in the answer.
HIT_SHARE, LEAST_LOSS = 0.4, 0.4
_HELP, _LEVELS = RUBRIC["help"], ("easy", "medium", "hard")
_FAULTS = {name: {"name": name, **row} for name, row in RUBRIC["faults"].items()}
_ASKED_FOR = {row["name"]: phrases(row["asked_for"]) for row in RUBRIC["checks"] if "asked_for" in row}
Anchor = dict[str, str]
Quotable = tuple[list[str], Callable[[str], object]]


class Feedback:
    """No craft is both praised and advised on, and no clause is quoted twice."""

    def __init__(self, marking: Marking, anchors: list[Anchor], seconds_used: int) -> None:
        self.marking, self.reading, self.subject, self.used = marking, marking.reading, marking.subject, set[str]()
        self.hit = [one for one in anchors if _is_hit(stems(one["anchor"]), self.reading.stems)]
        self.open = [one for one in anchors if one not in self.hit]
        self.measures: dict[str, Any] = {"count": marking.count, "target": round(marking.target)}
        self.measures |= {"taken": stopwatch(seconds_used), "planned": stopwatch(marking.seconds_allowed)}
        # Not every question of a kind asks for all that its answers can show.
        asks = ". ".join((self.subject.question, *(self.subject.entry.looks_for if self.subject.entry else ())))
        self.fitting = [
            one
            for one in marking.checks
            if one.row["name"] not in _ASKED_FOR or is_found(_ASKED_FOR[one.row["name"]], asks)
        ]
        nothing = marking.verdict in ("no answer", "unreadable")
        advised = [] if nothing else self._advised(seconds_used)
        self.improvements = self._help() if nothing else [self._advice(row, check) for row, check in advised]
        is_praised = marking.verdict in ("", "other words") and marking.score >= RUBRIC["least_praised"]
        self.positives = list(self._praise({row["craft"] for row, _ in advised}))[:MOST] if is_praised else []

    def _help(self) -> list[str]:
        """For an answer that says nothing yet: what the question is after, and a smaller one to begin with."""
        if self.marking.verdict == "unreadable":
            return [_HELP["unreadable"].format(**self.measures)]
        topic, entry, kind = self.subject.topic, self.subject.entry, self.marking.kind
        looks_for = "; ".join(entry.looks_for) if entry else self._asked_about() or _HELP["after_for"][kind]
        level = _LEVELS.index(entry.level) if entry else 1
        easier = [one for one in topic.questions if _LEVELS.index(one.level) < level] if topic else []
        easier = sorted(easier, key=lambda one: (one.kind != kind, len(one.text.split())))
        smaller = easier[0].text if easier else _HELP["smaller_for"][kind]
        said = (_HELP["after"].format(looks_for=looks_for), _HELP["smaller"].format(question=smaller))
        return [_HELP["nerves" if self.marking.is_nervous else "guess"], *(clip(one, WORDS) for one in said)]

    def _asked_about(self) -> str:
        """Up to four of the question's own words, those missing in the answer first."""
        asked = [one for one in dict.fromkeys(words(self.subject.question)) if stem(one) in self.subject.asked]
        asked.sort(key=lambda one: (stem(one) in self.reading.stems, stem(one) in CHANCE))
        missing = [one for one in asked if stem(one) not in self.reading.stems]
        return ", ".join(clip(one, 1) for one in (missing or asked)[:4])

    def _advised(self, seconds_used: int) -> list[tuple[dict[str, Any], Check | None]]:
        """At most three things to do next time, the costliest first; one at least, unless the mark is full."""
        found: list[tuple[float, dict[str, Any], Check | None]] = []
        found += [(_FAULTS[name]["cost"], _FAULTS[name], None) for name in self._faults(seconds_used)]
        for check in self.fitting if self.marking.verdict != "elsewhere" else []:
            is_general = check.row["name"] == "specifics" and self.marking.general_share >= MANY_GENERAL
            cost = check.lost + GENERAL_COST * is_general
            if cost >= RUBRIC["worth_saying"] and (is_general or check.share < RUBRIC["well_done"]):
                found.append((cost, check.row, check))
        if not found and self.marking.score < 10:
            found.append((0.0, _FAULTS["onwards"], None))
        first: dict[str, tuple[dict[str, Any], Check | None]] = {}
        for _cost, row, its in sorted(found, key=lambda one: -one[0]):
            first.setdefault(row["craft"] or row["name"], (row, its))
        return list(first.values())[:MOST]

    def _faults(self, seconds_used: int) -> list[str]:
        """The names of the faults that the answer has."""
        marking, reading, allowed = self.marking, self.reading, self.marking.seconds_allowed
        found = {
            "marker": reading.to_the_marker,
            "copied": reading.copied,
            "repeated": reading.repeated,
            "blame": reading.having("blame"),
            "elsewhere": marking.verdict == "elsewhere",
            "asked": marking.verdict == "elsewhere" and self.subject.asked,
            "other_words": marking.verdict == "other words",
            "hedges": len(marking.hedges) >= 2,
            "short": marking.count < RUBRIC["brief_words"] and marking.verdict != "elsewhere",
            "long": marking.count > RUBRIC["too_long"],
            "late": seconds_used > 1.25 * allowed > 0,
        }
        return [name for name, is_so in found.items() if is_so]

    def _advice(self, row: dict[str, Any], check: Check | None) -> str:
        quote = self._quote(row, row.get("source", ""), ADVICE_QUOTE)
        said = row["advice"] if quote else row["plain"]
        hedges = ", ".join(self.marking.hedges[:3])
        return clip(said.format(quote=quote, about=self._asked_about(), words=hedges, **self.measures), WORDS)

    def _quotable(self, row: dict[str, Any], source: str) -> Quotable:
        """The sentences that praise or advice may quote, and what a clause of them has to show."""
        reading, pattern = self.reading, STRONG.get(row["name"]) or PATTERNS.get(row["name"]) or CUES["itself"]
        fair = [one for one in reading.sentences if one not in reading.general and one not in reading.having("blame")]
        cued = [one for one in fair if is_found(pattern, one)]
        shows: Callable[[str], object] = partial(is_found, CUES.get(source, pattern))
        match source:
            case "own_steps":
                return reading.steps, lambda piece: set(steps_in(piece)) - VAGUE_STEPS
            case "figures":
                return sorted(reading.figures, key=lambda one: not is_found(PATTERNS["outcome"], one)), has_figure
            case "we":
                return reading.shared_steps, lambda piece: not steps_in(piece)
            case "vague" | "general" | "marker" | "blame":
                found = {"vague": reading.vague_claims, "general": reading.general, "marker": reading.to_the_marker}
                return found.get(source, reading.having("blame")), shows
            case "without cues":
                plain = [one for one in fair if "?" not in one and len(one.split()) >= 5]
                return [one for one in plain if not is_found(PATTERNS[row["name"]], one)], bool
            case "unmeasured":
                return [one for one in cued[::-1] if not has_figure(one)], shows
            case "last":  # the end is told last, and best with a figure
                cued.reverse()
                return sorted(cued, key=lambda one: row["name"] == "outcome" and not has_figure(one)), shows
        return cued, shows

    def _praise(self, advised: set[str]) -> Iterator[str]:
        """What works, the weightiest first."""
        if self.hit:
            names = ", ".join(clip(one["name"], 3) for one in self.hit[:3])
            yield f"You covered what was asked for last time: {names}."
        for check in sorted(self.marking.checks, key=lambda check: -check.points * check.share):
            is_good = check.points * check.share >= RUBRIC["worth_saying"] and check.share >= RUBRIC["well_done"]
            if is_good and "praise" in check.row and check.row["craft"] not in advised:
                yield clip(praise_of(check.row, self._quote(check.row, check.row["shown"], PRAISE_QUOTE)), WORDS)

    def _quote(self, row: dict[str, Any], source: str, most: int) -> str:
        sentences, shows = self._quotable(row, source) if source else ([], bool)
        pieces = (clause(sentence, shows, most) for sentence in sentences)
        fresh = (piece for piece in pieces if piece and not any(piece in one or one in piece for one in self.used))
        quote = next(fresh, "")
        self.used |= {quote} - {""}
        return quote

    def anchors(self) -> list[Anchor]:
        """Two to four things to hit next time: what is lacking, what was open before, what always holds."""
        lacking = sorted((one for one in self.fitting if one.lost >= LEAST_LOSS), key=lambda one: -one.lost)
        made, spare = [one.row["anchor"] for one in lacking], RUBRIC["spare_anchors"]
        open_yet = [[one["name"], one["anchor"]] for one in self.open[:1]]
        wanted = [*made[:2], *open_yet, *made[2:], *spare.get(self.marking.kind, spare["other"])]
        chosen: dict[str, Anchor] = {}
        for name, text in wanted:
            name, text = clip(name, 3), clip(text.replace("{question}", clip(self.subject.question, 20)), 50)
            if name and text:
                chosen.setdefault(name.casefold(), {"name": name, "anchor": text})
        return list(chosen.values())[: 4 if self.marking.score < 7 else 3]

    def quotes(self) -> list[str]:
        """At most three clauses that the mark rests on: what carries a good one, what pulls down a poor one."""
        reading, score = self.reading, self.marking.score
        strong = sorted(reading.figures, key=lambda one: not is_found(PATTERNS["outcome"], one)) + reading.steps
        weak = [*reading.having("blame"), *reading.general, *reading.vague_claims, *reading.shared_steps]
        order = strong if score >= 7 else [*strong[:1], *weak[:1], *strong[1:]] if score >= 4 else weak
        answer, found = Folded(reading.answer), list[str]()
        for sentence in [*order, *reading.sentences, *reading.to_the_marker]:
            said = own_words(clause(sentence, most=MARK_QUOTE), answer)
            if said and not any(said in one or one in said for one in found):
                found.append(said)
        return found[:MOST]


def _is_hit(wanted: set[str], said: set[str]) -> bool:
    return len(wanted) >= 2 and len(wanted & said) >= HIT_SHARE * len(wanted)
