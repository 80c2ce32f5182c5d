"""What the Python side refuses by itself, in the words of the engine."""
from excise import _core
from excise.errors import BadInputError, UnknownNameError


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
