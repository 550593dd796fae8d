"""The shape of a reply, read from its model, and mending what is harmless about a reply by it.

What cannot be mended stays as it is: validation then refuses it, in its own words. A mark out of its range, the sums of
a plan, a change without its reason and a text over its words are not touched.
"""

import json
import math
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from coach.candidate_text import clean_text
from llm_modes.language.mending import EveryOne, Exactly, MaySayNone, Overwritten, is_nothing, note, plain
from llm_modes.language.values import Choice, Mended, Shape, Text, Truth, Whole

# So no text begins, but a list or an object in some notation that is not JSON.
_CODE = ("['", '["', "[{", "{'", '{"')
# No list of a reply may have as many items: what comes after these is not looked at.
_MOST_ITEMS = 200


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
        said = items if isinstance(self.item, Truth) else [item for item in items if not self._says_nothing(item)]
        for _blank in range(len(items) - len(said)):
            note()
        items, is_good = self._good(said)
        if self.most is not None and len(items) > self.most and not self.every_one:
            note()
            items = items[: self.most]
        return items, is_good and len(items) >= self.least

    def _listed(self, value: Any) -> list[Any] | None:
        value = _parsed(value)
        if isinstance(value, list):
            return value
        if isinstance(value, dict) and isinstance(self.item, Parts) and self.item.is_by_name(value):
            note()
            return [{name: text} for name, text in value.items()]
        if isinstance(value, dict) and isinstance(self.item, Truth):
            note()
            return list(value.values())
        if isinstance(value, str) and value.lstrip().startswith(_CODE):
            return None
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
        value = _parsed(value)
        if value is None and not any(part.required for part in self.parts.values()):
            note()
            value = {}
        if isinstance(value, dict) and len(value) == 1 and self.is_by_name(value):
            [(name, text)] = value.items()
            value = f"{name}: {text}"
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
        names = self._two_texts()
        before, colon, after = said.partition(":")
        if not names or not (colon and before.strip() and after.strip()) or said.lstrip().startswith(("{", "[")):
            return said
        note()
        return dict(zip(names, (before.strip(), after.strip()), strict=True))

    def is_by_name(self, value: dict[str, Any]) -> bool:
        """Whether this is {"Own part": "Say what you did yourself."}, for objects of two texts."""
        names = {plain(name) for name in self._two_texts()}
        return bool(value and names) and all(
            isinstance(text, str) and plain(name[:80]) not in names for name, text in value.items()
        )

    def _two_texts(self) -> list[str]:
        """The names of the fields of an object that has two texts and nothing else; else none."""
        names = [name for name, part in self.parts.items() if part.required and isinstance(part.shape, Text)]
        return names if len(names) == len(self.parts) == 2 else []

    def _named(self, value: dict[str, Any]) -> dict[str, Any]:
        """A copy whose keys are the fields' names, where they differ from them in their case or their signs."""
        value = dict(value)
        if missing := {plain(name): name for name in self.parts if name not in value}:
            for key in list(value):
                if key not in self.parts and (name := missing.pop(plain(key[:80]), None)):
                    note()
                    value[name] = value.pop(key)
        return value


def _parsed(value: Any) -> Any:
    """A list or an object that stands as JSON in a string, read."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        with suppress(ValueError, RecursionError):
            value = json.loads(value, strict=False)
            note()
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
        if words := _words_of_choices(others):
            return Choice(words=words, optional=optional or NoneType in arguments)
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
        exactly = any(isinstance(mark, Exactly) for mark in marks)
        return Whole(least=least, most=most, units=tuple(name.split("_")), exactly=exactly, optional=optional)
    if annotation is bool:
        return Truth(optional=optional)
    if annotation is str:
        return Text(may_say_none=any(isinstance(mark, MaySayNone) for mark in marks), optional=optional)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Parts(parts=shape_of(annotation).parts, optional=optional)
    return Shape(optional=optional)


def _words_of_choices(annotations: list[Any]) -> tuple[str, ...]:
    """What can be chosen where all of these are choices; "", which stands for no choice, is not said. Else ()."""
    bare = [get_args(one)[0] if get_origin(one) is Annotated else one for one in annotations]
    if any(get_origin(one) is not Literal for one in bare):
        return ()
    return tuple(word for one in bare for word in get_args(one) if word)


def _bound(marks: tuple[Any, ...], name: str, otherwise: Any) -> Any:
    return next((getattr(mark, name) for mark in marks if hasattr(mark, name)), otherwise)


def mended(model: type[BaseModel], reply: Any) -> Any:
    """What was read of a reply, mended for this model. Anything but an object stays as it is."""
    return shape_of(model).mend(reply)[0] if isinstance(reply, dict) else reply
