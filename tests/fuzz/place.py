"""Where an input is made, and what inputs start from."""
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = ROOT / "tests/golden/tiny-gpt2"
BAKER = ROOT / "models/baker-7m"
EXPERIMENTS = ROOT / "experiments"
HIM_HER = EXPERIMENTS / "concepts/him-her.toml"
IDS = ("--ids", "1,2,3,4,5,6")
TEXT = "The dog did nothing in the night-time."

# Of a few batches; with what says where it goes.
MANY_TEXTS = ("corpus", BAKER, EXPERIMENTS / "passages.jsonl", "--unit", "author", "--layers", "11",
              "--cells", "preset", "--sample", "12", "--window", "64", "--permutations", "10",
              "--keep-tokens")

# What the mutations start from, made once by the program: name, arguments.
SEEDS = {
    "sweep": ("sweep", TINY, "--ids", "1,2,3,4,5,6,7,8", "--remove", "each:0,1", "--controls",
              "random-rank=2", "--together", "all", "--permutations", "100"),
    "median": ("median", TINY, *IDS, "--target-id", "3", "--random", "2"),
    "lesion": ("lesion", BAKER, "--pairs", EXPERIMENTS / "him-her.tsv", "--layers", "0",
               "--random", "2"),
    "concept": ("concept", "fit", BAKER, "--concept", HIM_HER, "--layers", "0", "--alpha", "1",
                "--sample-tokens", "1"),
    "basis.safetensors": ("fit", BAKER, "--text", TEXT * 3, "--at", "blocks.5.mlp.hook_pre",
                          "--components", "2"),
    "many": MANY_TEXTS,
    "many-1": (*MANY_TEXTS, "--shard", "1/2"),
    "many-2": (*MANY_TEXTS, "--shard", "2/2"),
}


class Place:
    """An empty folder for one input, and the seeds."""

    def __init__(self, rng, folder, seeds):
        self.rng, self.folder, self.seeds = rng, folder, seeds
        self.stdin = None   # bytes
        self.made = "out"  # where output goes

    def write(self, name, content):
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogateescape" if all(
                not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in content)
                else "surrogatepass")
        (self.folder / name).write_bytes(content)
        return name

    def copy(self, source, name, change, drop=(), to=None):
        """A copy of a folder in which one file is changed; its name may be no UTF-8."""
        to = to or self.rng.choice(("in", "in", "in", "in\udcff"))
        shutil.copytree(source, self.folder / to)
        for one in drop:
            (self.folder / to / one).unlink(missing_ok=True)
        self.write(to + "/" + name, change)
        return to

    def text_of(self, seed):
        return (self.seeds / seed).read_text()
