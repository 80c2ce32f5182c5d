"""The `excise` command: the program itself, which this package carries."""
import os
import signal
import sys


def main() -> int:
    # Signals as a program that knows nothing of Python has them: Ctrl-C is the program's to
    # handle, and a closed pipe ends it.
    for number in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    # What the program has Python do is done by this one.
    os.environ.setdefault("EXCISE_PYTHON", sys.executable)
    from excise.errors import OutOfMemoryError

    try:
        from excise import _core
    except OutOfMemoryError as error:  # as the program says it before it starts
        print(error, file=sys.stderr)
        return 5
    return _core.run_command(sys.argv[1:])
