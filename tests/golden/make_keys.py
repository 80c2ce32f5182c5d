"""Makes keys.json: keys of the files that Transformers and SAELens write. Torch is not needed.

make_keys.py transformers            (in an environment that has one; prints its part)
make_keys.py sae_lens VERSION WHEEL  (of a wheel, which is not imported)
make_keys.py join PART...            (the file)
"""
import ast
import json
import pathlib
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def of_transformers():
    import transformers
    name = f"transformers {transformers.__version__}"
    tokenizer = transformers.GPT2TokenizerFast.from_pretrained(ROOT / "models/gpt2-tokenizer")
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        saved = json.loads((pathlib.Path(folder) / "tokenizer_config.json").read_text())
    # What it gives by default: of the ids those of this tokenizer, which a test would not have.
    saved.pop("added_tokens_decoder", None)
    return {"config.json": {name: transformers.GPT2Config().to_dict()},
            "generation_config.json": {name: transformers.GenerationConfig().to_dict()},
            "tokenizer_config.json": {name: saved}}


# Of kinds that are refused by their architecture.
REFUSED = ("Matryoshka", "Transcoder", "CrossLayer", "Crosscoder", "Temporal", "MatchingPursuit")


def of_sae_lens(version, wheel):
    """Fields of the classes whose to_dict() is cfg.json, and keywords of its metadata."""
    top, metadata = set(), set()
    with zipfile.ZipFile(wheel) as files:
        for name in files.namelist():
            if not name.endswith(".py"):
                continue
            for node in ast.walk(ast.parse(files.read(name))):
                if isinstance(node, ast.ClassDef) and is_config(node.name, version):
                    top |= {line.target.id for line in node.body
                            if isinstance(line, ast.AnnAssign) and not is_constant(line)}
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SAEMetadata":
                    metadata |= {word.arg for word in node.keywords if word.arg}
                if isinstance(node, ast.Assign):
                    metadata |= set().union(*map(of_metadata, node.targets), in_list(node))
    return {"cfg.json": {f"SAELens {version}": {"top": sorted(top - {"metadata"}),
                                                "metadata": sorted(metadata)}}}


def of_metadata(target):
    """The key of `metadata.key = ` or `metadata["key"] = `."""
    if isinstance(target, ast.Attribute) and ast.unparse(target.value).endswith("metadata"):
        return {target.attr}
    if isinstance(target, ast.Subscript) and ast.unparse(target.value) == "metadata":
        return {target.slice.value}
    return set()


def in_list(node):
    """Of the set of those that are taken over from older files."""
    if ast.unparse(node.targets[0]) != "LLM_METADATA_KEYS":
        return set()
    return {each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)}


def is_config(name, version):
    if any(refused in name for refused in REFUSED):
        return False
    runner = name == "LanguageModelSAERunnerConfig" and version.split(".")[0] in "12"
    return runner or name.endswith("SAEConfig")


def is_constant(line):
    return "ClassVar" in ast.unparse(line.annotation)


def main(kind, *arguments):
    if kind == "join":
        joined = {}
        for part in arguments:
            for file, versions in json.loads(pathlib.Path(part).read_text()).items():
                joined.setdefault(file, {}).update(versions)
        print(json.dumps(joined, indent=1, sort_keys=True))
    else:
        made = of_transformers() if kind == "transformers" else of_sae_lens(*arguments)
        print(json.dumps(made))


main(*sys.argv[1:])
