"""Side by side with Transformers on this machine, in float64: logits, hidden states and the whole
protocol, on the bundled model and on configurations that hypothesis draws. `make parity` runs it."""
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="`make parity` installs PyTorch")
import hypothesis  # noqa: E402
import transformers  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import excise  # noqa: E402

torch.set_num_threads(1)  # small matrices, beside other tests

# Of float32 against float64: some tens of units in the last place, times the size of the values.
TOLERANCE = 3e-5


def assert_near(ours, reference, what):
    limit = TOLERANCE * max(1, abs(reference).max())
    np.testing.assert_allclose(ours, reference, rtol=0, atol=limit, err_msg=what)


class Reference:
    """Transformers' GPT-2 in float64, with edits of the MLP pre-activation."""

    def __init__(self, folder):
        self.model = transformers.GPT2LMHeadModel.from_pretrained(
            folder, dtype=torch.float64, attn_implementation="eager").eval()
        self.blocks = self.model.transformer.h

    @torch.no_grad()
    def run(self, ids, layer=None, edit=None):
        """(logits, hidden states, residual stream before the final LayerNorm, pre-activations)."""
        seen = {}

        def at_c_fc(number):
            def hook(module, inputs, output):
                seen[number] = output[0].numpy().copy()
                if number == layer:
                    return torch.from_numpy(edit(seen[number]))[None]
            return hook

        def before_ln_f(module, inputs):
            seen["final"] = inputs[0][0].numpy().copy()
        handles = [block.mlp.c_fc.register_forward_hook(at_c_fc(number))
                   for number, block in enumerate(self.blocks)]
        handles.append(self.model.transformer.ln_f.register_forward_pre_hook(before_ln_f))
        try:
            output = self.model(torch.tensor([list(map(int, ids))]), output_hidden_states=True)
        finally:
            for handle in handles:
                handle.remove()
        states = [state[0].numpy() for state in output.hidden_states]
        return output.logits[0].numpy(), states, seen.pop("final"), seen


def removal(preset, k):
    """docs/method.md, section 2, as NumPy says it."""
    def edit(a):
        mean = a.mean(axis=0) if preset == "pca" else 0 * a[0]
        u, s, vt = np.linalg.svd(a - mean, full_matrices=False)
        s[list(k)] = 0
        restored = mean if preset == "pca" else a.mean(axis=1, keepdims=True)
        return (u * s) @ vt + restored
    return edit


def log_softmax(logits):
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def compare(folder, ids, preset, k):
    reference, model = Reference(folder), excise.load(folder)
    logits, states, final, _ = reference.run(ids)
    ours, cache = model.run_with_cache(ids)
    assert_near(ours, logits, "logits")
    for layer in range(model.cfg.n_layers):
        assert_near(cache["resid_pre", layer], states[layer], f"state {layer}")
    assert_near(cache["ln_final.hook_normalized"], states[-1], "last state")

    result = excise.sweep(model, ids, preset=preset, remove=k, permutations=10)
    places, nexts = np.arange(len(ids) - 1), ids[1:]
    clean = log_softmax(logits)
    for layer in range(model.cfg.n_layers):
        got, moved, end, _ = reference.run(ids, layer, removal(preset, k))
        edited = log_softmax(got)
        row = {name: result.arrays[name][layer] for name in
               ("delta_logprob", "delta_logit", "kl", "drift", "drift_resid_final")}
        assert_near(row["delta_logprob"][1:], (clean - edited)[places, nexts], "delta_logprob")
        assert_near(row["delta_logit"][1:], (logits - got)[places, nexts], "delta_logit")
        assert_near(row["kl"], (np.exp(clean) * (clean - edited)).sum(axis=1), "kl")
        assert_near(row["drift"], np.array([np.linalg.norm(a - b) for a, b in zip(states, moved)]),
                    "drift")
        assert_near(row["drift_resid_final"], np.linalg.norm(final - end), "drift_resid_final")


@pytest.mark.parametrize("preset", ["published", "pca"])
def test_the_bundled_model(preset):
    model = excise.load("baker-7m")
    compare(model.folder, model.encode(excise.bundled_text())[:48], preset, [0])


@st.composite
def configurations(draw):
    heads = draw(st.integers(1, 4))
    return transformers.GPT2Config(
        n_layer=draw(st.integers(1, 4)), n_head=heads,
        n_embd=heads * draw(st.sampled_from([4, 12, 16])),
        n_inner=draw(st.one_of(st.none(), st.integers(30, 150))),
        n_positions=draw(st.integers(24, 64)), vocab_size=draw(st.integers(50, 400)),
        activation_function=draw(st.sampled_from(["gelu_new", "gelu", "relu"])),
        layer_norm_epsilon=draw(st.sampled_from([1e-5, 1e-4])),
        scale_attn_by_inverse_layer_idx=draw(st.booleans()),
        tie_word_embeddings=draw(st.booleans()), initializer_range=0.15)


@hypothesis.settings(max_examples=5, deadline=None, derandomize=True, database=None)
@hypothesis.given(config=configurations(), seed=st.integers(0, 2**31),
                  preset=st.sampled_from(["published", "pca"]),
                  dtype=st.sampled_from(["float32", "float16", "bfloat16"]))
def test_drawn_configurations(tmp_path_factory, config, seed, preset, dtype):
    torch.manual_seed(seed)
    model = transformers.GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or ".ln_" in name:
                parameter += 0.1 * torch.randn_like(parameter)
    folder = tmp_path_factory.mktemp("drawn")
    model.to(getattr(torch, dtype)).save_pretrained(folder, safe_serialization=True)
    ids = np.random.default_rng(seed).integers(0, config.vocab_size, 20)
    compare(folder, ids, preset, [0, 2])
