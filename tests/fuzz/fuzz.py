"""Runs excise on inputs that are nearly right (kinds.py), and looks for what must never be.

    fuzz.py PROGRAM [--seconds 60 | --inputs N] [--seed 1] [--kinds weights,edit] [--keep FOLDER]
            [--input N]

Input N of a seed is always the same, so a finding is repeated with --seed and --input. A finding:
a signal, a hang, an exit code that is not documented, too much memory, something left behind by a
failure, a failure that is not told in one line, bytes on the terminal that it would obey or that
are no text, NaN in a result that claims success. For a build with sanitizers: --sanitized."""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import kinds
from place import SEEDS, Place

DOCUMENTED = {0, 2, 3, 4, 5, 6}
ADDRESS_SPACE = 4 << 30
MOST_MEMORY_MB = {False: 1200, True: 4000}
PATIENCE = {False: 120, True: 600}  # seconds; the machine may be busy
OBEYED = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
NO_NUMBER = re.compile(rb"(?<![\w<|\"-])[-+]?(nan|inf)(?!\w)")


class Run:
    """One run of the program, in a folder that is its own."""

    def __init__(self, program, arguments, folder, sanitized, stdin=None):
        def limit():
            if not sanitized:
                resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        environment = dict(os.environ, OMP_NUM_THREADS="2",
                           ASAN_OPTIONS="exitcode=99:detect_leaks=0:max_allocation_size_mb=3000",
                           UBSAN_OPTIONS="exitcode=99:print_stacktrace=1")
        self.arguments = [os.fsencode(str(one)) for one in arguments]
        with (tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err,
              tempfile.TemporaryFile() as given):
            given.write(stdin or b""), given.seek(0)
            process = subprocess.Popen([program, *self.arguments], stdout=out, stderr=err,
                                       stdin=given, cwd=folder, env=environment, preexec_fn=limit)
            end, self.hangs = time.monotonic() + PATIENCE[sanitized], False
            while not (state := os.wait4(process.pid, os.WNOHANG))[0]:
                if time.monotonic() > end:
                    process.kill()
                    self.hangs = True
                    end = float("inf")
                time.sleep(0.002)
            process.returncode = 0  # it was waited for here
            self.code = os.waitstatus_to_exitcode(state[1])
            self.megabytes = state[2].ru_maxrss / 1024
            out.seek(0), err.seek(0)
            self.out, self.err = out.read(), err.read()


def holds_nan(folder):
    """A number that is none, in a result that is there."""
    file = folder / "out/results.json"
    if not file.exists():
        return False
    found = []
    json.loads(file.read_text(), parse_constant=found.append)
    return bool(found)


def findings(run, place, before, sanitized):
    folder = place.folder
    if run.hangs:
        return ["hangs"]
    told = []
    if run.code < 0:
        told.append(f"ends by signal {-run.code}")
    elif run.code not in DOCUMENTED:
        first = run.err.decode("latin1").strip().splitlines() or [""]
        told.append(f"exit code {run.code}: {first[-1][:150]}")
    if run.megabytes > MOST_MEMORY_MB[sanitized]:
        told.append(f"takes {run.megabytes:.0f} MB")
    lines = run.err.count(b"\n")
    if run.code > 0 and (lines != 1 or not run.err.startswith(b"[")):
        told.append(f"a failure told in {lines} lines")
    left = {path.name for path in folder.iterdir()} - before
    if run.code == 0:
        left -= {"out", "out.html", "comparison.html", "figures", place.made}
    if left:
        told.append("leaves " + ", ".join(re.sub(r"\d+", "N", name) for name in sorted(left)))
    for name, stream in (("stdout", run.out), ("stderr", run.err)):
        if OBEYED.search(stream):
            told.append(f"control characters on {name}")
        try:
            stream.decode()
        except UnicodeDecodeError:
            told.append(f"no UTF-8 on {name}")
    if run.code == 0:
        if holds_nan(folder):
            told.append("NaN in results.json")
        # What prints a text that was given may print these words.
        if run.arguments[0] != b"tokenize" and not place.stdin and NO_NUMBER.search(run.out):
            told.append("nan on stdout")
    return told


def make_seeds(program, folder):
    for name, arguments in SEEDS.items():
        done = subprocess.run([program, *map(str, arguments), "--out", folder / name, "--quiet"],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(f"the seed {name} cannot be made: {done.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--inputs", type=int, help="so many, however long they take")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(kinds.KINDS))
    parser.add_argument("--keep", type=pathlib.Path, help="copies inputs with findings there")
    parser.add_argument("--input", type=int, help="only this one")
    parser.add_argument("--sanitized", action="store_true")
    options = parser.parse_args()
    program = options.program.resolve()
    chosen = options.kinds.split(",")
    counts, found = collections.Counter(), {}
    with tempfile.TemporaryDirectory(prefix="excise-fuzz-") as work:
        seeds = pathlib.Path(work) / "seeds"
        seeds.mkdir()
        make_seeds(program, seeds)
        end = time.monotonic() + options.seconds
        index = options.input or 0
        while index < options.inputs if options.inputs else time.monotonic() < end:
            rng = random.Random(f"{options.seed} {index}")
            kind = rng.choice(chosen)
            folder = pathlib.Path(work) / "input"
            folder.mkdir()
            place = Place(rng, folder, seeds)
            arguments = kinds.KINDS[kind](place)
            before = {path.name for path in folder.iterdir()}
            run = Run(program, arguments, folder, options.sanitized, place.stdin)
            counts[kind, run.code] += 1
            for one in findings(run, place, before, options.sanitized):
                if (kind, one) in found:
                    continue
                found[kind, one] = index
                print(f"input {index} ({kind}): {one}\n"
                      f"  {' '.join(map(repr, arguments))}\n"
                      f"  {run.err[:300]!r}", flush=True)
                if options.keep:
                    shutil.copytree(folder, options.keep / f"{options.seed}-{index}",
                                    dirs_exist_ok=True)
            shutil.rmtree(folder)
            index += 1
            if options.input is not None:
                break
    for kind in chosen:
        codes = {code: n for (one, code), n in sorted(counts.items()) if one == kind}
        print(f"{kind:15} {sum(codes.values()):5} inputs, exit codes {codes}")
    print(f"{sum(counts.values())} inputs of seed {options.seed}, {len(found)} kinds of findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
