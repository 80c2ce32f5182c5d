"""Messages of the engine in Python's words: the engine's hints name options of the command line."""
import re

# What a function calls otherwise than the option; else dashes become underscores.
_OTHERWISE = {"at": "hook", "with": "replace_with", "class-file": "class_files", "ids": "text",
              "text-file": "text", "basis-file": "basis", "target-id": "target"}
# Hints that are about the command line as a whole.
_HINTS = {
    "excise inspect lists the hooks of a model": "model.hook_names lists them",
    "run_with_cache of the Python package reads it": "run_with_cache reads it",
    "(`--model`, in Python `model=`)": "(`model=`)",
    ", or - for standard input": "",
    "give another one with --out": "give another one",
    "--resume goes on with it, --force begins anew": "the same call goes on with it",
    "--resume goes on with it": "the same call goes on with it",
    "--resume goes on with what was measured": "with a journal the same call goes on with it",
    "or begin anew with --force": "or take another journal",
    "read them at fewer layers": "names_filter keeps them at fewer layers",
}
_COMMANDS = re.compile(r"\bexcise (concept fit|concept test|concept apply|sweep|run|median|lesion|fit"
                       r"|generate|export|load)\b")
_OPTION = re.compile(r"(?<![\w-])`?--([a-z]+(?:-[a-z]+)*)`?")
# What was asked for, as the engine got it: a line of it means nothing to the caller.
_LINE = re.compile(r"\boptions(?:, line \d+(?:, column \d+)?)?: ")


def in_python(message: str) -> str:
    """The message with keyword arguments in the place of options, of the options that there are.

    >>> in_python("[sweep] layer 99: expected 0 to 11; --layers takes e.g. 3,5")
    '[sweep] layer 99: expected 0 to 11; layers takes e.g. 3,5'
    """
    for hint, words in _HINTS.items():
        message = message.replace(hint, words)
    message = _COMMANDS.sub(lambda m: "excise." + m[1].replace(" ", "."), message)
    return _OPTION.sub(_keyword, _LINE.sub("", message))


def argument_of(option: str) -> str:
    """What a function calls an option of the command line."""
    return _OTHERWISE.get(option, option.replace("-", "_"))


def _keyword(option: re.Match[str]) -> str:
    return argument_of(option[1])
