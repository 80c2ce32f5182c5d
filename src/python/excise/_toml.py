"""Experiments as the TOML text that the engine reads, so that both know the same options."""
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from excise._checks import bad_input, check_counts, check_text


def _value(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, os.PathLike)):
        value = os.fspath(value)
        check_text("sweep", key, value)
        # A JSON string is a TOML string, but for the one control character that JSON allows.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(name))} = {_value(key, inner)}"
                               for name, inner in value.items()) + "}"
    if isinstance(value, Sequence) or hasattr(value, "tolist"):
        items = getattr(value, "tolist", lambda: list(value))()
        if not isinstance(items, list):  # a NumPy scalar
            return _value(key, items)
        return "[" + ", ".join(_value(key, item) for item in items) + "]"
    if not hasattr(value, "__index__"):
        raise bad_input("excise", key, "a text, a number, a list or a dict", type(value).__name__)
    number = value.__index__()
    check_counts("excise", min(0, number), **{key: number})  # below 0: the engine says it
    return str(number)


def dumps(options: Mapping[str, Any]) -> str:
    """One line an option; those that are None are left out."""
    return "".join(f"{key} = {_value(key, value)}\n" for key, value in options.items()
                   if value is not None)
