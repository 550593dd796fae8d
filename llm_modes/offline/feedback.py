"""What is said of an answer: what works in it, what to do next time, what to hit, and the words the mark rests on."""

from collections.abc import Callable, Iterator
from typing import Any

from llm_modes.evaluate_answer.craft import RUBRIC, praise_of
from llm_modes.evaluate_answer.honesty import own_words
from llm_modes.language.folding import Folded
from llm_modes.language.text import clip, stem, stems, words
from llm_modes.offline.reading import CUES, VAGUE_STEPS, clause, has_figure, is_found, steps_in
from llm_modes.offline.rubric import CHANCE, PATTERNS, STRONG, Check, Marking

MOST, WORDS, ADVICE_QUOTE, MARK_QUOTE = 3, 30, 11, 18
# A craft is advised on for general sentences when they are this share of an answer; that weighs so many points.
MANY_GENERAL, GENERAL_COST = 0.3, 2.5
# An anchor counts as hit when this share of its words that carry meaning is in the answer.
HIT_SHARE, LEAST_LOSS = 0.4, 0.4
_FAULTS, _HELP = RUBRIC["faults"], RUBRIC["help"]
_LEVELS = ["easy", "medium", "hard"]
Anchor = dict[str, str]


class Feedback:
    """No craft is both praised and advised on, and no clause is quoted twice."""

    def __init__(self, marking: Marking, anchors: list[Anchor], seconds_used: int) -> None:
        self.marking, self.reading, self.used = marking, marking.reading, set[str]()
        self.hit = [one for one in anchors if _is_hit(one["anchor"], self.reading.stems)]
        self.open = [one for one in anchors if one not in self.hit]
        said_nothing = marking.verdict in ("no answer", "unreadable")
        advised = [] if said_nothing else self._advised(seconds_used)
        self.improvements = self._help() if said_nothing else [self._advice(row, check) for row, check in advised]
        crafts = {row["craft"] for row, _check in advised}
        is_praised = marking.verdict in ("", "other words") and marking.score >= RUBRIC["least_praised"]
        self.positives = list(self._praise(crafts))[:MOST] if is_praised else []

    def _help(self) -> list[str]:
        """For an answer that says nothing yet: what the question is after, and a smaller one to begin with."""
        if self.marking.verdict == "unreadable":
            return [_HELP["unreadable"]]
        subject = self.marking.subject
        looks_for = "; ".join(subject.entry.looks_for) if subject.entry else self._asked_about()
        smaller = self._easier() or _HELP["smaller_for"][self.marking.kind]
        said = (_HELP["after"].format(looks_for=looks_for), _HELP["smaller"].format(question=smaller))
        return [_HELP["nerves" if self.marking.is_nervous else "guess"], *(clip(one, WORDS) for one in said)]

    def _easier(self) -> str:
        """The easiest other question of the topic, of the same kind if there is one; "" if this one is as easy."""
        topic, entry = self.marking.subject.topic, self.marking.subject.entry
        level = _LEVELS.index(entry.level) if entry else 1
        easier = [one for one in topic.questions if _LEVELS.index(one.level) < level] if topic else []
        easier = [one for one in easier if len(one.text.split()) <= WORDS - 8]
        return min(easier, key=lambda one: (one.kind != self.marking.kind, len(one.text))).text if easier else ""

    def _asked_about(self) -> str:
        """Up to four of the question's own words, those missing in the answer first."""
        asked = [one for one in words(self.marking.subject.question) if stem(one) in self.marking.subject.asked]
        asked.sort(key=lambda one: (stem(one) in CHANCE, stem(one) in self.reading.stems))
        missing = [one for one in asked if stem(one) not in self.reading.stems]
        return ", ".join(clip(one, 1) for one in list(dict.fromkeys(missing or asked))[:4]) or "your own work"

    def _advised(self, seconds_used: int) -> list[tuple[dict[str, Any], Check | None]]:
        """At most three things to do next time, the costliest first; one at least, unless the mark is full."""
        found: list[tuple[float, dict[str, Any], Check | None]] = []
        for name in self._faults(seconds_used):
            found.append((_FAULTS[name]["cost"], {"name": name, **_FAULTS[name]}, None))
        for check in self.marking.checks if self.marking.verdict != "elsewhere" else []:
            is_general = check.row["name"] == "specifics" and self.marking.general_share >= MANY_GENERAL
            cost = check.lost + GENERAL_COST * is_general
            if cost >= RUBRIC["worth_saying"] and (is_general or check.share < RUBRIC["well_done"]):
                found.append((cost, check.row, check))
        if not found and self.marking.score < 10:
            found.append((0.0, {"name": "onwards", **_FAULTS["onwards"]}, None))
        found.sort(key=lambda one: -one[0])
        first = {row["craft"] or row["name"]: (row, check) for _cost, row, check in found[::-1]}
        return [(row, check) for _cost, row, check in found if first[row["craft"] or row["name"]][0] is row][:MOST]

    def _faults(self, seconds_used: int) -> Iterator[str]:
        """The names of the faults that the answer has."""
        marking, reading, allowed = self.marking, self.reading, self.marking.seconds_allowed
        yield from ["marker"] * bool(reading.to_the_marker) + ["copied"] * bool(reading.copied)
        yield from ["repeated"] * bool(reading.repeated) + ["blame"] * bool(reading.having("blame"))
        yield from ["elsewhere", "asked"] * (marking.verdict == "elsewhere")
        yield from ["other_words"] * (marking.verdict == "other words") + ["hedges"] * (len(marking.hedges) >= 2)
        yield from ["long"] * (marking.count > RUBRIC["too_long"]) + ["late"] * (seconds_used > 1.25 * allowed > 0)

    def _advice(self, row: dict[str, Any], check: Check | None) -> str:
        quote = ""
        if row["name"] in ("marker", "blame"):
            quoted = self.reading.to_the_marker if row["name"] == "marker" else self.reading.having("blame")
            quote = self._quote(quoted, lambda piece: is_found(CUES[row["name"]], piece), ADVICE_QUOTE)
        elif check and row.get("source"):
            quote = self._quote(*self._criticised(row, check), ADVICE_QUOTE)
        numbers = {"length": self.marking.count, "long": self.marking.count}
        number = numbers.get(row["name"], self.marking.seconds_allowed // 60)
        said = str(row.get("advice") or row.get("say")) if quote else row["plain"]
        hedges = ", ".join(self.marking.hedges[:3])
        said = said.replace("#", str(number)).format(quote=quote, about=self._asked_about(), words=hedges)
        return clip(said, WORDS)

    def _criticised(self, row: dict[str, Any], check: Check) -> tuple[list[str], Callable[[str], object]]:
        """The sentences that advice may quote, and what a clause of them has to show."""
        reading, pattern = self.reading, PATTERNS.get(row["name"]) or CUES["general"]
        match row["source"]:
            case "we":
                return reading.shared_steps, lambda piece: not steps_in(piece)
            case "vague":
                return reading.vague_claims, lambda piece: is_found(CUES["vague"], piece)
            case "general":
                return reading.general, lambda piece: is_found(CUES["general"], piece)
            case "without cues":
                plain = [one for one in reading.sentences if one not in reading.general and len(one.split()) >= 5]
                return [one for one in plain if not is_found(pattern, one)], bool
        found = [one for one in reading.having(pattern)[::-1] if one not in reading.general and not has_figure(one)]
        return found, lambda piece: is_found(pattern, piece)

    def _praise(self, advised: set[str]) -> Iterator[str]:
        """What works, the weightiest first."""
        if self.hit:
            names = ", ".join(clip(one["name"], 3) for one in self.hit[:3])
            yield f"You covered what was asked for last time: {names}."
        for check in sorted(self.marking.checks, key=lambda check: -check.points * check.share):
            is_good = check.points * check.share >= RUBRIC["worth_saying"] and check.share >= RUBRIC["well_done"]
            if is_good and "praise" in check.row and check.row["craft"] not in advised:
                quote = "" if check.row.get("unquoted") else self._quote(*self._praised(check))
                yield clip(praise_of(check.row, quote), WORDS)

    def _praised(self, check: Check) -> tuple[list[str], Callable[[str], object]]:
        """The sentences that praise may quote, and what a clause of them has to show."""
        reading, name = self.reading, check.row["name"]
        if check.row["count"] == "own_steps":
            return reading.steps, lambda piece: set(steps_in(piece)) - VAGUE_STEPS
        if check.row["count"] == "figures":
            return sorted(reading.figures, key=lambda one: not is_found(PATTERNS["outcome"], one)), has_figure
        pattern = STRONG.get(name, PATTERNS[name])
        unfit = {*reading.general, *reading.having("blame")}
        found = [one for one in reading.having(pattern) if one not in unfit]
        if name in ("outcome", "reflection", "fit"):
            # The last one tells the end, and of an outcome one with a figure does.
            found.reverse()
            found.sort(key=lambda one: name == "outcome" and not has_figure(one))
        return found, lambda piece: is_found(pattern, piece)

    def _quote(self, sentences: list[str], shows: Callable[[str], object], most: int = WORDS // 2) -> str:
        for sentence in sentences:
            piece = clause(sentence, shows, most)
            if piece and not any(piece in one or one in piece for one in self.used):
                self.used.add(piece)
                return piece
        return ""

    def anchors(self) -> list[Anchor]:
        """Two to four things to hit next time: what is lacking, what was open before, what always holds."""
        lacking = sorted((one for one in self.marking.checks if one.lost >= LEAST_LOSS), key=lambda one: -one.lost)
        made = [one.row["anchor"] for one in lacking]
        wanted = [*made[:2], *([one["name"], one["anchor"]] for one in self.open[:1]), *made[2:]]
        question = self.marking.subject.question
        chosen: dict[str, Anchor] = {}
        for name, text in [*wanted, *RUBRIC["spare_anchors"].get(self.marking.kind, RUBRIC["spare_anchors"]["other"])]:
            name, text = clip(name, 3), clip(text.replace("{question}", clip(question, 20)), 50)
            if name and text:
                chosen.setdefault(name.casefold(), {"name": name, "anchor": text})
        return list(chosen.values())[: 4 if self.marking.score < 7 else 3]

    def quotes(self) -> list[str]:
        """At most three clauses that the mark rests on: what carries a good one, what pulls down a poor one."""
        reading = self.reading
        strong = [*self._praised_sentences("outcome"), *reading.figures, *reading.steps]
        weak = [*reading.having("blame"), *reading.general, *reading.vague_claims, *reading.shared_steps]
        order = [*strong[:1], *weak[:1], *strong[1:]] if self.marking.score >= 4 else weak
        order = strong if self.marking.score >= 7 else order
        answer, found = Folded(reading.answer), list[str]()
        for sentence in [*order, *reading.sentences, *reading.to_the_marker]:
            piece = clause(sentence, most=MARK_QUOTE)
            said = own_words(piece, answer) if piece else ""
            if said and not any(said in one or one in said for one in found):
                found.append(said)
        return found[:MOST]

    def _praised_sentences(self, name: str) -> list[str]:
        return [one for one in self.reading.having(PATTERNS[name]) if has_figure(one)]


def _is_hit(anchor: str, said: set[str]) -> bool:
    wanted = stems(anchor)
    return len(wanted) >= 2 and len(wanted & said) >= HIT_SHARE * len(wanted)
