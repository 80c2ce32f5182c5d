"""Arguments that a function does not have, refused as everything else is: with near names."""
import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from excise._checks import bad_input
from excise._words import argument_of
from excise.errors import UnknownArgumentError

Function = TypeVar("Function", bound=Callable[..., Any])


def keywords(function: Function) -> Function:
    """The function itself, but for arguments that it lacks; those are as often options of the
    command line."""
    names = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        for name in given:
            if name not in names:
                called = "model" if function.__name__ == "__call__" else function.__name__
                raise _unknown(called, name, names)
        return function(*args, **given)

    return cast(Function, call)


def _unknown(function: str, name: str, names: list[str]) -> UnknownArgumentError:
    option = argument_of(name.replace("_", "-"))
    near = [option] if option in names else difflib.get_close_matches(name, names, 1)
    return UnknownArgumentError(str(bad_input(
        function, name, f"an argument of {function}()", "another name",
        f"did you mean {near[0]}?" if near else f"it takes {', '.join(n for n in names if n != 'self')}")))
