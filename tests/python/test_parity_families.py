"""Every family side by side with Transformers on this machine, in float64, on configurations that
hypothesis draws: logits, the value at every hook, and the pca and published removals at every layer.
`make parity` runs it."""
import pathlib
import sys
import tempfile

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="`make parity` installs PyTorch")
import hypothesis  # noqa: E402
import transformers  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import excise  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "families"))
import make_references as references  # noqa: E402
from test_parity import log_softmax, removal  # noqa: E402

torch.set_num_threads(1)
FAMILIES = sorted({kind for kind, _ in references.MODELS.values()} - {"gpt2"})  # in test_parity
READ = {references.MODELS[name][0] for name in references.READ}


@st.composite
def configs(draw, kind):
    """Options of a configuration, of the family's own where it has them."""
    heads, head = draw(st.sampled_from([1, 2, 4])), draw(st.sampled_from([4, 6, 8]))
    # Heads beside d_model where a key allows it.
    own_head = kind in {"llama", "mistral", "ministral3", "qwen3", "gemma", "gemma2", "gemma3_text"}
    width = heads * draw(st.sampled_from([4, 6, 8])) if own_head else heads * head
    options = dict(references.SIZES, hidden_size=width, num_attention_heads=heads,
                   num_hidden_layers=draw(st.integers(1, 4)),
                   intermediate_size=draw(st.sampled_from([5, 16, 33])),
                   vocab_size=draw(st.sampled_from([48, 51])))
    if kind not in {"gpt_neox", "gpt_neo", "gptj", "opt"}:
        options["num_key_value_heads"] = draw(st.sampled_from([n for n in (1, 2, 4) if heads % n == 0]))
    if own_head:
        options["head_dim"] = head
    options["tie_word_embeddings"] = draw(st.booleans())
    layers = options["num_hidden_layers"]
    flag = st.booleans()
    if kind in {"llama", "qwen3", "olmo2", "olmo3", "granite", "smollm3", "gemma", "gemma2"}:
        options["attention_bias"] = draw(flag)
    if kind in {"llama", "granite", "smollm3"}:
        options["mlp_bias"] = draw(flag)
    if kind in {"mistral", "phi3", "starcoder2", "ministral3", "gemma2", "gemma3_text", "olmo3"}:
        options["sliding_window"] = draw(st.integers(1, 12))
    if kind in {"qwen2", "qwen3"}:
        options.update(use_sliding_window=draw(flag), sliding_window=draw(st.integers(1, 12)),
                       max_window_layers=draw(st.integers(0, 4)))
    if kind == "gemma2":
        options.update(query_pre_attn_scalar=draw(st.integers(1, 30)),
                       attn_logit_softcapping=draw(st.sampled_from([None, 1.0, 20.0])),
                       final_logit_softcapping=draw(st.sampled_from([None, 1.0, 20.0])))
    if kind == "gpt_neox":
        options.update(use_parallel_residual=draw(flag), attention_bias=draw(flag))
    if kind == "stablelm":
        options.update(use_parallel_residual=draw(flag), use_qkv_bias=draw(flag))
    if kind in {"gpt_neox", "phi", "stablelm", "phi3"}:
        part = draw(st.sampled_from([0.5, 1.0])) if head % 4 == 0 else 1.0
        options["rope_parameters"] = dict(rope_type="default", rope_theta=100.0,
                                          partial_rotary_factor=part)
    if kind == "starcoder2":
        options["use_bias"] = draw(flag)
    if kind == "granite":
        for name in ("embedding_multiplier", "residual_multiplier", "attention_multiplier",
                     "logits_scaling"):
            options[name] = draw(st.sampled_from([0.3, 1.0, 2.5]))
    if kind == "ministral3":
        options["rope_parameters"] = references.MODELS["ministral3"][1]["rope_parameters"]
    if kind in {"llama", "mistral", "qwen2", "qwen3", "granite", "olmo2"}:
        options["rope_parameters"] = draw(st.sampled_from([
            dict(rope_type="default", rope_theta=50.0),
            dict(rope_type="linear", factor=2.5, rope_theta=50.0),
            dict(rope_type="dynamic", factor=2.5, rope_theta=50.0),
            dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
                 original_max_position_embeddings=16, rope_theta=50.0),
            dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=8,
                 rope_theta=50.0)]))
    if kind == "opt":
        options.update(ffn_dim=options.pop("intermediate_size"), word_embed_proj_dim=width,
                       enable_bias=draw(flag))
    if kind == "gpt_neo":
        options.update(num_layers=layers, num_heads=heads, window_size=draw(st.integers(1, 12)),
                       attention_types=[[["local"], layers]])
        del options["num_hidden_layers"], options["num_attention_heads"]
    if kind == "gptj":
        options = dict(vocab_size=48, n_embd=width, n_layer=layers, n_head=heads, n_positions=32,
                       rotary_dim=draw(st.sampled_from([2, 4])), bos_token_id=0, eos_token_id=1)
    return options


def double_and_single(kind, options, folder, seed):
    """A model in double precision, and the error of its float32 run at each hook."""
    config = transformers.AutoConfig.for_model(kind, **options)
    config._attn_implementation = "eager"
    single = transformers.AutoModelForCausalLM.from_config(
        config, dtype=torch.float32, attn_implementation="eager").eval()
    references.draw(single, seed)
    if config.tie_word_embeddings:
        single.tie_weights()
    single.save_pretrained(folder)
    with references.everything_double():
        double = transformers.AutoModelForCausalLM.from_config(
            config, dtype=torch.float64, attn_implementation="eager").eval()
        double.load_state_dict({name: value.double()
                                for name, value in single.state_dict().items()})
    return double, single


def edited_logits(model, ids, module, edit):
    """Logits with what a module gives changed, in double precision."""
    def hook(_, inputs, output):
        value = output.reshape(len(ids), -1).numpy()
        return torch.from_numpy(edit(value)).reshape(output.shape)
    handle = module.register_forward_hook(hook)
    try:
        with references.everything_double(), torch.no_grad():
            return model(torch.tensor([ids]), use_cache=False).logits[0].numpy()
    finally:
        handle.remove()


def check_weights_and_stacks(model, double, cache, logits, ids):
    """The embeddings are those of Transformers; what the parts of the stream add up to, and what is
    made of the last state, is what the model has; its loss is PyTorch's."""
    for ours, layer in ((model.W_E, double.get_input_embeddings()),
                        (model.W_U.T, double.get_output_embeddings())):
        np.testing.assert_array_equal(ours, layer.weight.detach().numpy())
    final = cache["resid_post", -1]
    scale = max(1, np.abs(final).max())
    np.testing.assert_allclose(cache.decompose_resid().sum(0), final, rtol=0, atol=1e-5 * scale)
    np.testing.assert_array_equal(cache.accumulated_resid()[-1], final)
    lens = model.unembed(model.ln_final(cache.accumulated_resid()))
    np.testing.assert_allclose(lens[-1], logits, rtol=0, atol=1e-4 * max(1, np.abs(logits).max()))
    want = torch.nn.functional.cross_entropy(torch.from_numpy(logits[:-1]).double(),
                                             torch.tensor(ids[1:]))
    assert model(ids, return_type="loss") == pytest.approx(want.item(), rel=1e-6)


@pytest.mark.parametrize("kind", FAMILIES)
@hypothesis.given(data=st.data())
@hypothesis.settings(max_examples=6, deadline=None, derandomize=True,
                     suppress_health_check=list(hypothesis.HealthCheck))
def test_a_family(kind, data):
    options = data.draw(configs(kind))
    tokens = data.draw(st.integers(3, 20))
    seed = data.draw(st.integers(0, 1000))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "model"
        double, single = double_and_single(kind, options, folder, seed)
        ids = np.random.default_rng(seed).integers(2, 48, tokens).tolist()
        with references.everything_double():
            exact = references.run(double, ids)
            if kind in READ:
                exact |= references.shown(double, ids)
        rounded = references.run(single, ids)
        if kind in READ:
            rounded |= references.shown(single, ids)
        model = excise.load(folder)
        logits, cache = model.run_with_cache(ids)
        for hook, value in exact.items():
            value = value.numpy()
            error = np.abs(rounded[hook].numpy() - value).max()
            ours = logits if hook == "logits" else cache[hook]
            if hook.endswith("attn_scores"):
                ours = np.where(np.isinf(ours), 0, ours)  # hidden by the mask
            limit = 10 * max(error, 2e-7 * max(1, np.abs(value).max()))
            np.testing.assert_allclose(ours.reshape(value.shape), value, rtol=0, atol=limit,
                                       err_msg=f"{hook} of {options}")
        check_weights_and_stacks(model, double, cache, logits, ids)
        if "mlp.gate_up_proj" in dict(references.blocks_of(double)[0].named_modules()):
            return  # the gate is no module of its own there
        places, nexts = np.arange(tokens - 1), np.array(ids[1:])
        clean = log_softmax(exact["logits"].numpy())[places, nexts]
        for preset in ("published", "pca"):
            result = excise.sweep(model, np.array(ids), preset=preset, permutations=10)
            for layer, block in enumerate(references.blocks_of(double)):
                gate = references.submodule(block, "mlp.gate_proj", "mlp.dense_h_to_4h", "mlp.fc1",
                                            "mlp.fc_in", "mlp.c_fc", "fc1")
                edited = log_softmax(edited_logits(double, ids, gate, removal(preset, [0])))
                want = (clean - edited[places, nexts])
                got = result.arrays["delta_logprob"][layer][1:]
                np.testing.assert_allclose(got, want, rtol=0, atol=1e-4 * max(1, np.abs(want).max()),
                                           err_msg=f"{preset}, layer {layer} of {options}")
