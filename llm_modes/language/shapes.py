"""The shape of a reply, read from its model, and mending what is harmless about a reply by it.

What cannot be mended stays as it is: validation then refuses it, in its own words. A mark out of its range, the sums of
a plan, a change without its reason and a text over its words are not touched.
"""

import math
import re
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from coach.candidate_text import clean_text
from llm_modes.language.mending import EveryOne, MaySayNone, Overwritten, is_nothing, note, plain

# A value as it is after mending, and whether it can be valid.
Mended = tuple[Any, bool]

# "7", "7.5", "7,5", "7/10", "8 out of 10", "45 min".
_NUMBER = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))? ?(?:(?:/|out of|of) ?(\d{1,4})|([a-z]{3,}))?\.?")

# No list of a reply may have as many items: what comes after these is not looked at.
_MOST_ITEMS = 200


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a value should be; this one takes anything."""

    optional: bool = False

    def mend(self, value: Any) -> Mended:
        """The value, mended where that is harmless, and whether it can be valid."""
        if self.optional and self.stands_for_null(value):
            if value is not None:
                note()
            return None, True
        return self.mend_value(value)

    def stands_for_null(self, value: Any) -> bool:
        return is_nothing(value)

    def mend_value(self, value: Any) -> Mended:
        return value, True


@dataclass(frozen=True, kw_only=True)
class Text(Shape):
    """A string that says something."""

    may_say_none: bool = False

    def stands_for_null(self, value: Any) -> bool:
        # Prompts say "unknown" for what nobody has told yet, and models say it back.
        if isinstance(value, str) and self.may_say_none and plain(value) == "none":
            return False
        return super().stands_for_null(value) or (isinstance(value, str) and value.strip().casefold() == "unknown")

    def mend_value(self, value: Any) -> Mended:
        if isinstance(value, dict) and len(value) == 1:
            [inner] = value.values()
            if isinstance(inner, str):
                note()
                value = inner
        return value, isinstance(value, str) and bool(clean_text(value))


@dataclass(frozen=True, kw_only=True)
class Choice(Shape):
    """One of some words."""

    words: tuple[str, ...]

    def mend_value(self, value: Any) -> Mended:
        if value in self.words:
            return value, True
        if isinstance(value, str):
            said = plain(value.strip().rstrip("."))
            for word in self.words:
                if plain(word) == said:
                    note()
                    return word, True
        if "none" in self.words and is_nothing(value):
            note()
            return "none", True
        return value, False


@dataclass(frozen=True, kw_only=True)
class Whole(Shape):
    """A whole number. `units`: the words of the field's name."""

    least: float = -math.inf
    most: float = math.inf
    units: tuple[str, ...] = ()

    def mend_value(self, value: Any) -> Mended:
        if isinstance(value, bool):
            # Python takes true for 1.
            return str(value).lower(), False
        number = self._read(value) if isinstance(value, str) else value
        if not isinstance(number, int | float) or not self.least <= number <= self.most:
            return value, False
        if not isinstance(value, int):
            note()
        return math.floor(number), True

    def _read(self, said: str) -> float | None:
        found = _NUMBER.fullmatch(" ".join(said[:40].casefold().split()))
        if found is None:
            return None
        whole, part, out_of, unit = found.groups()
        if out_of and int(out_of) != self.most:
            return None
        if unit and not any(name.startswith(unit.removesuffix("s")) for name in self.units):
            return None
        return float(f"{whole}.{part}") if part else int(whole)


@dataclass(frozen=True, kw_only=True)
class Many(Shape):
    """A list."""

    item: Shape
    least: int = 0
    most: int | None = None
    every_one: bool = False

    def mend_value(self, value: Any) -> Mended:
        items = self._listed(value)
        if items is None or (self.every_one and len(items) > _MOST_ITEMS):
            return value, False
        items = items[:_MOST_ITEMS]
        said = [item for item in items if not self._says_nothing(item)]
        for _blank in range(len(items) - len(said)):
            note()
        items, is_good = self._good(said)
        if self.most is not None and len(items) > self.most and not self.every_one:
            note()
            items = items[: self.most]
        return items, is_good and len(items) >= self.least

    def _listed(self, value: Any) -> list[Any] | None:
        if isinstance(value, list):
            return value
        if value is None or isinstance(value, str) or (isinstance(value, dict) and isinstance(self.item, Parts)):
            note()
            return [] if value is None else [value]
        return None

    def _says_nothing(self, item: Any) -> bool:
        """Nothing is to be seen of it; or it is a word for nothing, in a list that may be empty."""
        if item is None or (isinstance(item, str) and not clean_text(item)):
            return True
        may_be_said = self.least or (isinstance(self.item, Text) and self.item.may_say_none)
        return not may_be_said and is_nothing(item)

    def _good(self, items: list[Any]) -> Mended:
        """The items without the broken ones, where those are no more than the others, and enough are left."""
        mended = [self.item.mend(item) for item in items]
        good = [item for item, is_good in mended if is_good]
        broken = len(mended) - len(good)
        if self.every_one or broken > len(good) or len(good) < max(1, self.least):
            return [item for item, _is_good in mended], not broken
        for _dropped in range(broken):
            note()
        return good, True


@dataclass(frozen=True, kw_only=True)
class Part:
    """A field of an object."""

    shape: Shape
    required: bool
    overwritten: Overwritten | None
    adapter: TypeAdapter[Any] | None

    def overwrite(self, others: dict[str, Any], name: str) -> bool:
        """Put something in for what code overwrites, where it is missing or not valid; whether it is such a field."""
        if self.overwritten is None or self.adapter is None:
            return False
        where = self.overwritten.where
        if where is not None and others.get(where[0]) != where[1]:
            return False
        try:
            if name in others:
                self.adapter.validate_python(others[name])
                return True
        except ValidationError:
            pass
        if name in others or self.required:
            note()
            others[name] = self.overwritten.instead
        return True


@dataclass(frozen=True, kw_only=True)
class Parts(Shape):
    """An object with fields."""

    parts: dict[str, Part] = field(default_factory=dict)

    def mend_value(self, value: Any) -> Mended:
        if isinstance(value, str):
            value = self._split(value)
        if not isinstance(value, dict):
            return value, False
        value = self._named(value)
        fits = {}
        for name, part in self.parts.items():
            fits[name] = not part.required
            if name in value:
                value[name], fits[name] = part.shape.mend(value[name])
        for name, part in self.parts.items():
            fits[name] |= part.overwrite(value, name)
        return value, all(fits.values())

    def _split(self, said: str) -> Any:
        """'Own part: Say what you did yourself.' for an object of two texts."""
        names = [name for name, part in self.parts.items() if part.required and isinstance(part.shape, Text)]
        before, colon, after = said.partition(":")
        if len(names) != len(self.parts) or len(names) != 2 or not (colon and before.strip() and after.strip()):
            return said
        note()
        return dict(zip(names, (before.strip(), after.strip()), strict=True))

    def _named(self, value: dict[str, Any]) -> dict[str, Any]:
        """A copy whose keys are the fields' names, where they differ from them in their case or their signs."""
        value = dict(value)
        if missing := {plain(name): name for name in self.parts if name not in value}:
            for key in list(value):
                if key not in self.parts and (name := missing.pop(plain(key[:80]), None)):
                    note()
                    value[name] = value.pop(key)
        return value


# --- reading it from the model ---------------------------------------------------------------------------------------


@cache
def shape_of(model: type[BaseModel]) -> Parts:
    """The shape of a reply, or of an object in it."""
    return Parts(parts={name: _part(name, info) for name, info in model.model_fields.items()})


def _part(name: str, info: FieldInfo) -> Part:
    overwritten = next((mark for mark in info.metadata if isinstance(mark, Overwritten)), None)
    annotation: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    return Part(
        shape=_shape(annotation, name),
        required=info.is_required(),
        overwritten=overwritten,
        adapter=TypeAdapter(annotation) if overwritten else None,
    )


def _shape(annotation: Any, name: str, marks: tuple[Any, ...] = (), optional: bool = False) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(arguments[0], name, (*arguments[1:], *marks), optional)
    if origin in (Union, UnionType):
        others = [one for one in arguments if one is not NoneType]
        return _shape(others[0], name, marks, optional or NoneType in arguments) if len(others) == 1 else Shape()
    if origin is Literal:
        return Choice(words=arguments, optional=optional)
    if origin is list:
        return Many(
            item=_shape(arguments[0], name),
            least=_bound(marks, "min_length", 0),
            most=_bound(marks, "max_length", None),
            every_one=any(isinstance(mark, EveryOne) for mark in marks),
            optional=optional,
        )
    if annotation is int:
        least, most = _bound(marks, "ge", -math.inf), _bound(marks, "le", math.inf)
        return Whole(least=least, most=most, units=tuple(name.split("_")), optional=optional)
    if annotation is str:
        return Text(may_say_none=any(isinstance(mark, MaySayNone) for mark in marks), optional=optional)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Parts(parts=shape_of(annotation).parts, optional=optional)
    return Shape(optional=optional)


def _bound(marks: tuple[Any, ...], name: str, otherwise: Any) -> Any:
    return next((getattr(mark, name) for mark in marks if hasattr(mark, name)), otherwise)


def mended(model: type[BaseModel], reply: Any) -> Any:
    """What was read of a reply, mended for this model. Anything but an object stays as it is."""
    return shape_of(model).mend(reply)[0] if isinstance(reply, dict) else reply
