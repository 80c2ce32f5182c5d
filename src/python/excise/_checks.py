"""What the Python side refuses by itself, in the words of the engine."""
import operator
import os
from collections.abc import Iterable
from typing import Any

from excise import _core
from excise.errors import BadInputError, OutOfRangeError, UnknownNameError


def bad_input(where: str, subject: str, expected: str, found: str,
              hint: str = "") -> BadInputError:
    """An error of the Python side, in the form of all others."""
    end = f"; {hint}" if hint else ""
    message = f"[{where}] {subject}: expected {expected}, got {found}{end}"
    # Names of files may hold bytes that are no UTF-8.
    return BadInputError(_core.shown(message.encode(errors="backslashreplace").decode()))


def unknown_name(where: str, subject: str, expected: str, found: str,
                 hint: str = "") -> UnknownNameError:
    """The same of a key that a mapping lacks."""
    return UnknownNameError(str(bad_input(where, subject, expected, found, hint)))


def out_of_range(where: str, subject: str, expected: str, found: str) -> OutOfRangeError:
    """The same of a number beyond what there is."""
    return OutOfRangeError(str(bad_input(where, subject, expected, found)))


def check_text(where: str, subject: str, text: object) -> None:
    """Refuses what is no string, and what stands for bytes that are no UTF-8, as in names of files: no experiment or
    result file could hold it."""
    if not isinstance(text, str):
        raise bad_input(where, subject, "a text", type(text).__name__)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_input(where, subject, "UTF-8", ascii(text)) from None


def text_of(given: Any) -> Any:
    """Of a path its file's text, alone or among several; else what was given."""
    if isinstance(given, (list, tuple)) and any(isinstance(each, os.PathLike) for each in given):
        return [text_of(each) for each in given]
    if not isinstance(given, os.PathLike):
        return given
    text = _core.read_text(given)
    if not text:
        raise bad_input("text", os.fspath(given), "at least one token", "an empty text")
    return text


def function(where: str, subject: str, given: Any) -> Any:
    """What is called with activations; refuses what cannot be, before anything runs."""
    if callable(given):
        return given
    raise bad_input(where, subject, "a function of (activations, context), such as "
                    "excise.remove(...)", type(given).__name__,
                    "an Edit or an edit file stands alone: model.edit(edit)")


# What the command line takes at most, and what an experiment file can hold.
_LARGEST = 2**63 - 1
ANY = -_LARGEST  # the least of what may be negative


def check_counts(where: str, least: int, most: int = _LARGEST, **values: object) -> None:
    """Refuses what is no whole number from `least` to `most`."""
    for name, value in values.items():
        index = getattr(value, "__index__", None)
        if index is None or not least <= index() <= most:
            span = f" from {least} to {most}" if least > ANY else ""
            raise bad_input(where, name, f"a whole number{span}", repr(value))


def _several(values: Any) -> list[Any]:
    """What is in a sequence, or one thing alone."""
    alone = isinstance(values, str) or not isinstance(values, Iterable)
    return [values] if alone or getattr(values, "ndim", 1) == 0 else list(values)


def counts(where: str, name: str, values: Any, least: int = 0) -> tuple[int, ...]:
    """Whole numbers from `least` on, of a sequence of them or of one alone."""
    several = _several(values)
    for value in several:
        check_counts(where, least, **{name: value})
    return tuple(operator.index(value) for value in several)


def components(where: str, name: str, values: Any) -> tuple[int, ...]:
    """`counts`, each once."""
    chosen = counts(where, name, values)
    twice = [value for i, value in enumerate(chosen) if value in chosen[:i]]
    if twice:
        raise bad_input(where, name, "each component once", f"{twice[0]} twice")
    return chosen


def numbers(where: str, name: str, values: Any) -> tuple[float, ...]:
    """Numbers, of a sequence of them or of one alone."""
    several = _several(values)
    for value in several:
        if not hasattr(value, "__float__") or getattr(value, "ndim", 0) > 0:
            raise bad_input(where, name, "numbers", repr(value))
    return tuple(float(value) for value in several)


def check_names(where: str, name: str, values: object) -> None:
    """Refuses what is no sequence of strings."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise bad_input(where, name, "a sequence of strings", repr(values))
    for value in values:
        if not isinstance(value, str):
            raise bad_input(where, name, "strings", repr(value))
        check_text(where, name, value)
