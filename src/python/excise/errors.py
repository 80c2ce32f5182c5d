"""What excise raises. Messages are those of the command line, with keyword arguments in the place of
options: ``[where] subject: expected X, got Y; hint``. Ctrl-C raises KeyboardInterrupt, as everywhere
in Python."""
from collections.abc import Mapping

from excise._words import in_python


class Error(Exception):
    """The base of all errors of excise; `code` is the name of its exit code in docs/formats.md."""

    code = "internal"


class BadInputError(Error, ValueError):
    """What was asked for cannot be: an option, a text, a layer, a model that is not there."""

    code = "bad_input"


class UnknownNameError(BadInputError, KeyError):
    """A mapping has no such key: a hook of a cache, of a basis, a weight."""

    def __str__(self) -> str:
        return ValueError.__str__(self)  # not KeyError's, which quotes


class UnknownArgumentError(BadInputError, TypeError):
    """A function has no argument of this name."""


class OutOfRangeError(BadInputError, IndexError):
    """A layer or a component that is not there."""


class BadFileError(Error, ValueError):
    """A file is there but its content is wrong."""

    code = "bad_file"


class UnsupportedError(Error, NotImplementedError):
    """Valid, but excise does not do it."""

    code = "unsupported"


class OutOfMemoryError(Error, MemoryError):
    """Memory, of the machine or of `memory_limit`, does not suffice."""

    code = "out_of_memory"


class IoError(Error, OSError):
    """Reading or writing failed: missing, no permission, disk full."""

    code = "io"


class InternalError(Error, RuntimeError):
    """A bug in excise, or an audit that failed."""

    code = "internal"


_CLASSES: Mapping[str, type[BaseException]] = {
    each.code: each
    for each in (BadInputError, BadFileError, UnsupportedError, OutOfMemoryError, IoError,
                 InternalError)
} | {"interrupted": KeyboardInterrupt}


def from_code(code: str, message: str) -> BaseException:
    """The exception for an error of the library."""
    return _CLASSES.get(code, InternalError)(in_python(message))
