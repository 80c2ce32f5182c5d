"""Edit files and exported models: one edit, the same for passes, continuations and weights."""
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import excise

HOOK = "blocks.5.mlp.hook_pre"
TEXT = "It was a dark and stormy night, and the dog did nothing."
PROGRAM = pathlib.Path(sys.executable).parent / "excise"


@pytest.fixture(scope="module")
def basis(model):
    return excise.fit(model, components=4)


def test_a_pass_with_an_edit(model, basis):
    """By the file's own affine map, and by the basis's codes and atoms."""
    a = model.run_with_cache(TEXT, HOOK)[1][HOOK]
    one = basis[HOOK]
    for edit, expected in [
            (excise.Edit(HOOK, basis, [1]), one.decomposition.remove(a, [1])),
            (excise.Edit(HOOK, basis), one.decomposition.remove(a, [0, 1, 2, 3])),
            (excise.Edit(HOOK, basis, [0], strength=0.5),
             (a + one.decomposition.remove(a, [0])) / 2),
            (excise.Edit(HOOK, basis, [0], positions="2-"),
             np.vstack([a[:2], one.decomposition.remove(a, [0])[2:]]))]:
        with model.edit(edit):
            edited = model.run_with_cache(TEXT, HOOK)[1][HOOK]
        np.testing.assert_allclose(edited, expected, atol=1e-4)
    with model.edit(excise.Edit("blocks.*.mlp.hook_pre", basis, [0])):
        everywhere = model(TEXT)
    patterns = {hook: excise.remove(basis, k=[0]) for hook in basis}
    np.testing.assert_allclose(everywhere, model.run_with_hooks(TEXT, patterns), atol=1e-3)


def test_files_come_back(model, basis, tmp_path, monkeypatch):
    path = basis.save(tmp_path / "svd.safetensors")
    edit = excise.Edit(HOOK, path, [0, 2], strength=-0.5, positions="1-")
    saved = edit.save(tmp_path / "off.toml")
    assert 'basis = "svd.safetensors"' in saved.read_text()  # so that the folder can be moved
    loaded = excise.load_edit(saved)
    assert (loaded.hook, list(loaded.components), loaded.strength, loaded.positions,
            loaded.action) == (HOOK, [0, 2], -0.5, "1-", "remove")
    monkeypatch.chdir(tmp_path)
    outputs = []
    for given in (edit, loaded, saved, "off.toml", excise.Edit(HOOK, "svd.safetensors", [0, 2],
                                                               strength=-0.5, positions="1-")):
        with model.edit(given):
            outputs.append(model(TEXT))
        np.testing.assert_array_equal(outputs[-1], outputs[0])
    assert abs(outputs[0] - model(TEXT)).max() > 1e-3
    (tmp_path / "sub").mkdir()
    elsewhere = edit.save(tmp_path / "sub" / "off.toml")
    assert str(path) in elsewhere.read_text()
    inside = excise.Edit(HOOK, basis, [0]).save(tmp_path / "sub" / "new.toml")
    assert 'basis = "new.safetensors"' in inside.read_text()
    with pytest.raises(excise.BadInputError, match="force"):
        edit.save(saved)
    excise.Edit(HOOK, basis, [0]).save(inside, force=True)
    with model.edit(inside), model.edit(elsewhere):
        model(TEXT)


def test_places_that_no_file_may_take(basis, tmp_path):
    """Refused before anything is written: also before the basis that goes beside the file."""
    path = basis.save(tmp_path / "svd.safetensors")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    before = path.read_bytes()
    for edit in (excise.Edit(HOOK, path, [0]), excise.Edit(HOOK, basis, [0])):
        for place in (fifo, pathlib.Path("/dev/null"), path):
            with pytest.raises(excise.BadInputError):
                edit.save(place, force=True)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["fifo", "svd.safetensors"]
    link = tmp_path / "link.toml"
    link.symlink_to("real.toml")
    excise.Edit(HOOK, path, [0]).save(link, force=True)
    assert link.is_symlink() and excise.load_edit(tmp_path / "real.toml").hook == HOOK


def test_switching_on(model):
    """Adds the mean codes of a class."""
    fitted = excise.fit(model, TEXT * 4, basis="diff-means", class_tokens=["^ (a|the)$"])
    a = model.run_with_cache(TEXT, HOOK)[1][HOOK]
    with model.edit(excise.Edit(HOOK, fitted, action="add", strength=2)):
        edited = model.run_with_cache(TEXT, HOOK)[1][HOOK]
    one = fitted[HOOK]
    np.testing.assert_allclose(edited - a, np.broadcast_to(2 * one.class_codes[0] @ one.atoms,
                                                           a.shape), atol=1e-4)


def test_export(model, basis, tmp_path):
    edit = excise.Edit(HOOK, basis, [0])
    done = excise.export(model, edit, tmp_path / "out")
    assert done.dtype == "F32" and len(done.changed) == 2
    assert done.check.tokens == 128 and done.check.max_abs_delta_logprob < 1e-4
    with model.edit(edit):
        hooked = model(TEXT)
    written = excise.load(done.folder)
    np.testing.assert_allclose(written(TEXT), hooked, atol=1e-3)
    assert "Edited weights" in (done.folder / "README.md").read_text()
    with pytest.raises(excise.BadInputError, match="out") as error:
        excise.export(model, edit, tmp_path / "out")
    assert "force" not in str(error.value)  # which export does not know
    half = excise.export(model, edit, tmp_path / "half", dtype="f16", check=False)
    assert half.dtype == "F16" and half.check is None


def test_export_is_the_command_line(model, basis, tmp_path):
    path = excise.Edit(HOOK, basis, [0]).save(tmp_path / "off.toml")
    ours = excise.export(model, path, tmp_path / "python", text=TEXT)
    done = subprocess.run([PROGRAM, "export", "baker-7m", "--edit", path, "--out",
                           tmp_path / "cli", "--text", TEXT, "--json"], capture_output=True,
                          check=True)
    theirs = json.loads(done.stdout)
    assert ours.json | {"folder": ""} == theirs | {"folder": ""}
    for file in (tmp_path / "cli").iterdir():
        assert file.read_bytes() == (tmp_path / "python" / file.name).read_bytes()


def test_a_sweep_with_an_edit_is_that_of_the_command(basis, model, tmp_path):
    path = excise.Edit("blocks.*.mlp.hook_pre", basis, [0, 2], strength=0.5,
                       positions="1-").save(tmp_path / "half.toml")
    out = tmp_path / "out"
    subprocess.run([PROGRAM, "sweep", "baker-7m", "--edit", path, "--text", TEXT, "--layers", "3,5",
                    "--quiet", "--out", out], check=True)
    expected = excise.load_result(out)
    for edit in (path, excise.Edit("blocks.*.mlp.hook_pre", basis, (0, 2), strength=0.5,
                                   positions="1-")):
        result = excise.sweep(model, TEXT, edit=edit, layers=[3, 5])
        for key in ("delta_logprob", "drift", "kl"):
            np.testing.assert_array_equal(result.arrays[key], expected.arrays[key], key)
    one = excise.sweep(model, TEXT, edit=excise.Edit(HOOK, basis, [0]))
    assert one.arrays["layers"].tolist() == [5]
    with pytest.raises(excise.BadInputError, match="beside it"):
        excise.sweep(model, TEXT, edit=path, remove=[1])
    with pytest.raises(excise.BadInputError, match="that of the hook"):
        excise.sweep(model, TEXT, edit=excise.Edit(HOOK, basis, [0]), layers=[3])


@pytest.mark.parametrize("options, message", [
    ({"hook": "blocks.5.mlp.hook_pree"}, "hook_pre"), ({"components": [9]}, "component"),
    ({"components": [0, 0]}, "once"), ({"action": "turn"}, "remove"), ({"action": "add"}, "class"),
    ({"positions": "x"}, "positions"), ({"strength": np.nan}, "strength"),
    ({"hook": "blocks.5.hook_resid_post"}, "hook_resid_post")])
def test_edits_that_are_refused(model, basis, options, message):
    with pytest.raises(excise.BadInputError, match=message):
        with model.edit(excise.Edit(**({"hook": HOOK, "basis": basis} | options))):
            pass
    assert not model._active


def test_other_things_that_are_refused(model, basis, tmp_path):
    with pytest.raises(excise.IoError):
        excise.load_edit(tmp_path / "none.toml")
    with pytest.raises(excise.IoError), model.edit(excise.Edit(HOOK, tmp_path / "none")):
        pass
    (tmp_path / "e.toml").write_text("colour = 1")
    with pytest.raises(excise.BadInputError, match="colour"):
        excise.load_edit(tmp_path / "e.toml")
    with pytest.raises(excise.BadInputError, match="path of an edit file"), model.edit(3):
        pass
    with pytest.raises(excise.BadInputError, match="beside a function"):
        with model.edit(excise.Edit(HOOK, basis), lambda a, ctx: a):
            pass
    some = excise.Edit(HOOK, basis, [0], positions="1-")
    with pytest.raises(excise.UnsupportedError):
        excise.export(model, some, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(excise.BadInputError, match="at least one"):
        excise.export(model, [], tmp_path / "out")
    with pytest.raises(excise.BadInputError, match="f16"):
        excise.export(model, excise.Edit(HOOK, basis, [0]), tmp_path / "out", dtype="f8")
    with pytest.raises(excise.IoError):
        some.save(tmp_path / "no" / "folder.toml")
