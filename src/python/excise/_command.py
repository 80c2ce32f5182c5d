"""The `excise` command: the program itself, which this package carries."""
import signal
import sys


def main() -> int:
    # Signals as a program that knows nothing of Python has them: Ctrl-C is the program's to
    # handle, and a closed pipe ends it.
    for number in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    from excise.errors import OutOfMemoryError

    try:
        from excise import _core
    except OutOfMemoryError as error:  # as the program says it before it starts
        print(error, file=sys.stderr)
        return 5
    return _core.run_command(sys.argv[1:])
