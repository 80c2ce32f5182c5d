"""What excise raises. Messages are those of the command line: ``[where] subject: expected X, got
Y; hint``. Ctrl-C raises KeyboardInterrupt, as everywhere in Python."""


class Error(Exception):
    """The base of all errors of excise; `code` is the name of its exit code in docs/formats.md."""

    code = "internal"


class BadInputError(Error, ValueError):
    """What was asked for cannot be: an option, a text, a layer, a model that is not there."""

    code = "bad_input"


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


_CLASSES: dict[str, type[BaseException]] = {
    each.code: each
    for each in (BadInputError, BadFileError, UnsupportedError, OutOfMemoryError, IoError,
                 InternalError)
} | {"interrupted": KeyboardInterrupt}


def from_code(code: str, message: str) -> BaseException:
    """The exception for an error of the library."""
    return _CLASSES.get(code, InternalError)(message)


def bad_input(where: str, subject: str, expected: str, found: str,
              hint: str = "") -> BadInputError:
    """An error of the Python side, in the form of all others."""
    from excise import _core  # which imports this module

    end = f"; {hint}" if hint else ""
    message = f"[{where}] {subject}: expected {expected}, got {found}{end}"
    # Names of files may hold bytes that are no UTF-8.
    return BadInputError(_core.shown(message.encode(errors="backslashreplace").decode()))


def check_text(where: str, subject: str, text: str) -> None:
    """Refuses what stands for bytes that are no UTF-8, as in names of files: no experiment or
    result file could hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_input(where, subject, "UTF-8", ascii(text)) from None


# What the command line takes at most, and what an experiment file can hold.
_LARGEST = 2**63 - 1


def check_counts(where: str, least: int, **values: object) -> None:
    """Refuses what is no whole number from `least` on."""
    for name, value in values.items():
        index = getattr(value, "__index__", None)
        if index is None or not least <= index() <= _LARGEST:
            raise bad_input(where, name, f"a whole number from {least} to {_LARGEST}", repr(value))
