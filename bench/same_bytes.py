"""Whether two builds of excise give the same bytes: every kind of experiment on the bundled model.

    same_bytes.py BEFORE AFTER [--keep FOLDER]

BEFORE, AFTER: the programs. Compared are the arrays and tables of each result, and the weights of
an export; bfloat16 without AVX-512 is told, not compared."""
import argparse
import hashlib
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEXT = ROOT / "experiments" / "silver-blaze.txt"
CONCEPT = ROOT / "experiments" / "concepts" / "him-her.toml"
PAIRS = ROOT / "experiments" / "him-her.tsv"
SWEEP = ["sweep", "baker-7m", "--text-file", TEXT]

# Name -> command without --out.
COMMANDS = {
    "demo": [*SWEEP, "--preset", "published"],
    "controls": [*SWEEP, "--controls", "random-rank=10,norm-matched=5,neuron-shuffle=5"],
    "scan": [*SWEEP, "--remove", "each:0-5", "--preset", "pca"],
    "post": [*SWEEP, "--at", "mlp.hook_post", "--layers", "0-4"],
    "stream": [*SWEEP, "--at", "hook_resid_mid", "--layers", "1,3"],
    "out": [*SWEEP, "--at", "hook_mlp_out", "--layers", "1,3"],
    "together": [*SWEEP, "--layers", "1-4", "--together", "1-4", "--coordinates", "live"],
    "naive": [*SWEEP, "--executor", "naive", "--layers", "2,5"],
    "limit": [*SWEEP, "--memory-limit", "60M"],
    "bfloat16": [*SWEEP, "--compute", "bf16-emulated"],
    "median": ["median", "baker-7m", "--random", "5"],
    "lesion": ["lesion", "baker-7m", "--pairs", PAIRS, "--random", "5"],
    "concept": ["concept", "fit", "baker-7m", "--concept", CONCEPT, "--layers", "0-3", "--random",
                "2", "--sample-tokens", "8"],
}
COMPARED = {".safetensors", ".csv"}
UNSUPPORTED = 4  # exit code


def run(program, arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def files_of(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.suffix in COMPARED}


def outcome(program, name, folder):
    """Hashes of the files of one command, or the line that refuses it."""
    target = folder / name
    if name == "export":
        arguments = ["export", "baker-7m", "--edit", folder / "concept" / "off.toml"]
    else:
        arguments = COMMANDS[name]
    done = run(program, [*arguments, "--out", target])
    if done.returncode == UNSUPPORTED:
        return done.stderr.strip().splitlines()[-1].replace(str(folder), "")
    if done.returncode:
        sys.exit(f"{program} {name}: {done.stderr}")
    return files_of(target)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path, help="where the results stay")
    options = parser.parse_args()
    differ = 0
    with tempfile.TemporaryDirectory() as temporary:
        place = options.keep or pathlib.Path(temporary)
        folders = [place / "before", place / "after"]
        for folder in folders:
            folder.mkdir(parents=True)
        for name in [*COMMANDS, "export"]:
            before, after = (outcome(program.resolve(), name, folder) for program, folder
                             in zip((options.before, options.after), folders))
            if before == after:
                print(f"{name:10} " + (f"same: {', '.join(before)}" if isinstance(before, dict)
                                       else f"not run: {before}"), flush=True)
                continue
            differ += 1
            if isinstance(before, dict) and isinstance(after, dict):
                names = [file for file in before | after if before.get(file) != after.get(file)]
                print(f"{name:10} DIFFERS: {', '.join(names)}", flush=True)
            else:
                print(f"{name:10} DIFFERS: {before} | {after}", flush=True)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
