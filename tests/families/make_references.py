"""Small random models of every family and what Transformers 5 makes of them, for
family_reference_test. Needs torch and transformers (5.24); run it only to make the files anew:

    python tests/families/make_references.py tests/families/references

Each folder has config.json and model.safetensors as Transformers writes them, and
reference.safetensors: ids, logits and the value at every hook that can be edited, by a run in double
precision in which nothing is float32 (Transformers computes norms, softmax and rotary positions in
float32 whatever the weights are). `<name>.limit` is ten times the error of its float32 run, by which
ours may differ. Those in READ have readings.safetensors too, the same of the hooks that are only read."""
import contextlib
import pathlib
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import save_file

TOKENS = 11
SIZES = dict(vocab_size=48, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
             num_attention_heads=4, max_position_embeddings=32, bos_token_id=0, eos_token_id=1,
             pad_token_id=None)
GROUPED = dict(num_key_value_heads=2)


def rope(**parameters):
    return dict(rope_parameters=dict(rope_theta=100.0, **parameters))


GPTJ = dict(vocab_size=48, n_embd=16, n_layer=2, n_head=2, n_positions=32, bos_token_id=0,
            eos_token_id=1)
BOTH = dict(sliding_attention=dict(rope_type="default", rope_theta=10.0))

# Name -> (model_type, what differs from SIZES and the defaults of the configuration class).
MODELS = {
    "llama": ("llama", GROUPED),
    "llama_llama3": ("llama", dict(GROUPED, attention_bias=True, mlp_bias=True, head_dim=10,
                                   tie_word_embeddings=True,
                                   **rope(rope_type="llama3", factor=4.0, low_freq_factor=1.0,
                                          high_freq_factor=4.0,
                                          original_max_position_embeddings=16))),
    "llama_linear": ("llama", rope(rope_type="linear", factor=3.0)),
    "llama_dynamic": ("llama", rope(rope_type="dynamic", factor=3.0)),
    "llama_yarn": ("llama", dict(head_dim=12, **rope(rope_type="yarn", factor=4.0, beta_fast=2.0,
                                                     original_max_position_embeddings=8))),
    "mistral": ("mistral", dict(GROUPED, sliding_window=4)),
    "qwen2": ("qwen2", dict(GROUPED, use_sliding_window=True, sliding_window=4,
                            max_window_layers=1)),
    "qwen3": ("qwen3", dict(GROUPED, head_dim=6, tie_word_embeddings=True)),
    "gpt_neox": ("gpt_neox", {}),
    "gpt_neox_sequential": ("gpt_neox", dict(use_parallel_residual=False, attention_bias=False,
                                             hidden_act="gelu_new",
                                             rope_parameters=dict(rope_theta=100.0,
                                                                  partial_rotary_factor=0.5))),
    "gemma": ("gemma", dict(num_key_value_heads=1, head_dim=6)),
    "gemma2": ("gemma2", dict(GROUPED, head_dim=6, sliding_window=4, query_pre_attn_scalar=9,
                              attn_logit_softcapping=2.0, final_logit_softcapping=3.0)),
    "gemma3": ("gemma3_text", dict(GROUPED, head_dim=6, sliding_window=4, query_pre_attn_scalar=9,
                                   num_hidden_layers=3,
                                   layer_types=["sliding_attention", "full_attention",
                                                "sliding_attention"],
                                   rope_parameters=dict(
                                       BOTH, full_attention=dict(rope_type="linear", factor=8.0,
                                                                 rope_theta=1000.0)))),
    "olmo2": ("olmo2", GROUPED),
    "olmo3": ("olmo3", dict(GROUPED, sliding_window=4, num_hidden_layers=3,
                            layer_types=["sliding_attention", "full_attention",
                                         "sliding_attention"],
                            rope_parameters=dict(
                                BOTH, full_attention=dict(rope_type="yarn", factor=4.0,
                                                          rope_theta=100.0,
                                                          original_max_position_embeddings=8)))),
    "phi": ("phi", {}),
    "phi3": ("phi3", dict(GROUPED, sliding_window=5)),
    "phi3_longrope": ("phi3", dict(original_max_position_embeddings=8,
                                   **rope(rope_type="longrope", short_factor=[1.0, 1.5],
                                          long_factor=[2.0, 5.0]))),
    "phi3_longrope_short": ("phi3", dict(original_max_position_embeddings=TOKENS,
                                         **rope(rope_type="longrope", short_factor=[1.0, 1.5],
                                                long_factor=[2.0, 5.0]))),
    "stablelm": ("stablelm", dict(GROUPED, hidden_size=32)),
    "stablelm_parallel": ("stablelm", dict(use_parallel_residual=True, use_qkv_bias=True,
                                           num_key_value_heads=4, num_attention_heads=4,
                                           rope_parameters=dict(rope_theta=100.0,
                                                                partial_rotary_factor=0.5))),
    "smollm3": ("smollm3", dict(GROUPED, no_rope_layers=[0, 1], use_sliding_window=True,
                                sliding_window=4)),
    "granite": ("granite", dict(GROUPED, embedding_multiplier=3.0, residual_multiplier=0.3,
                                attention_multiplier=0.2, logits_scaling=5.0)),
    "ministral3": ("ministral3", dict(GROUPED, head_dim=6, rope_parameters=dict(
        rope_type="yarn", factor=4.0, rope_theta=100.0, original_max_position_embeddings=4,
        beta_fast=2.0, beta_slow=1.0, mscale=0.7, mscale_all_dim=1.0, llama_4_scaling_beta=0.2))),
    "starcoder2": ("starcoder2", dict(GROUPED, sliding_window=4)),
    "gpt_neo": ("gpt_neo", dict(num_layers=2, num_heads=4, window_size=4,
                                attention_types=[[["global", "local"], 1]])),
    "gptj": ("gptj", dict(GPTJ, rotary_dim=4)),
    "opt": ("opt", dict(ffn_dim=24, word_embed_proj_dim=16)),
    "gpt2": ("gpt2", dict(vocab_size=48, n_embd=16, n_layer=2, n_head=4, n_positions=32,
                          bos_token_id=0, eos_token_id=1)),
}
# Learned and rotary positions, heads fused, by head and grouped, norms in front, behind and both.
READ = ("gpt2", "gpt_neox", "llama", "gemma2", "olmo2")


@contextlib.contextmanager
def everything_double():
    """float32 means float64 in here, also where Transformers asks for float32 by name."""
    names = torch.float32, torch.float, torch.Tensor.float
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.float32, torch.float, torch.Tensor.float = names
        torch.set_default_dtype(names[0])


def draw(model, seed):
    generator = torch.Generator().manual_seed(seed)
    adds_one = "gemma" in model.config.model_type
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        is_norm = parameter.ndim == 1 and name.endswith("weight")
        if is_norm:
            value = (0 if adds_one else 1) + 0.2 * noise
        elif parameter.ndim == 1:
            value = 0.2 * noise
        elif "embed" in name or "wte" in name or "wpe" in name:
            value = 0.7 * noise
        else:
            value = noise / parameter.shape[1] ** 0.5
        parameter.data = value.float()


def blocks_of(model):
    base = model.base_model
    for path in ("layers", "h", "decoder.layers"):
        try:
            return base.get_submodule(path)
        except AttributeError:
            continue
    raise LookupError(type(model))


def submodule(block, *paths):
    for path in paths:
        try:
            return block.get_submodule(path)
        except AttributeError:
            continue
    return None


@torch.no_grad()
def run(model, ids):
    """Name of a hook -> [tokens, width], and "logits"."""
    values, handles = {}, []

    def first(value):
        return (value[0] if isinstance(value, tuple) else value).reshape(len(ids), -1)

    def keep(module, name, where):
        if module is None:
            return
        if where == "out":
            handles.append(module.register_forward_hook(
                lambda m, i, o: values.__setitem__(name, first(o).clone())))
        else:
            handles.append(module.register_forward_pre_hook(
                lambda m, i, k: values.__setitem__(name, first(i if i else k["hidden_states"]).clone()),
                with_kwargs=True))

    for number, block in enumerate(blocks_of(model)):
        at = f"blocks.{number}."
        o = submodule(block, "self_attn.o_proj", "self_attn.out_proj", "self_attn.dense",
                      "attention.dense", "attn.attention.out_proj", "attn.out_proj", "attn.c_proj")
        up = submodule(block, "mlp.up_proj")
        gate = submodule(block, "mlp.gate_proj")
        fused = submodule(block, "mlp.gate_up_proj")
        plain = submodule(block, "mlp.dense_h_to_4h", "mlp.fc1", "mlp.fc_in", "mlp.c_fc", "fc1")
        down = submodule(block, "mlp.down_proj", "mlp.dense_4h_to_h", "mlp.fc2", "mlp.fc_out",
                         "mlp.c_proj", "fc2")
        behind_mlp = submodule(block, "post_feedforward_layernorm")
        behind_attention = submodule(block, "post_attention_layernorm") if behind_mlp else None
        keep(block, at + "hook_resid_pre", "in")
        keep(block, at + "hook_resid_post", "out")
        keep(o, at + "attn.hook_z", "in")
        keep(behind_attention or o, at + "hook_attn_out", "out")
        keep(gate or plain, at + "mlp.hook_pre", "out")
        keep(up, at + "mlp.hook_pre_linear", "out")
        keep(fused, at + "fused", "out")
        keep(down, at + "mlp.hook_post", "in")
        keep(behind_mlp or down, at + "hook_mlp_out", "out")
    final = submodule(model.base_model, "norm", "final_layer_norm", "final_layernorm", "ln_f",
                      "decoder.final_layer_norm")
    keep(final, "ln_final.hook_normalized", "out")
    try:
        values["logits"] = first(model(torch.tensor([ids]), use_cache=False).logits)
    finally:
        for handle in handles:
            handle.remove()
    for name in [name for name in values if name.endswith("fused")]:
        gate, up = values.pop(name).chunk(2, dim=-1)
        at = name.removesuffix("fused")
        values[at + "mlp.hook_pre"], values[at + "mlp.hook_pre_linear"] = gate, up
    scale = getattr(model.config, "residual_multiplier", 1)
    for name in values:
        if name.endswith(("hook_attn_out", "hook_mlp_out")):
            values[name] = values[name] * scale  # what is added to the stream
    return {name: value.double().contiguous() for name, value in values.items()}


@contextlib.contextmanager
def recorded_softmax(into):
    """Appends what each softmax is taken of, and what comes of it."""
    softmax = torch.nn.functional.softmax

    def recording(scores, *args, **kwargs):
        pattern = softmax(scores, *args, **kwargs)
        into.append((scores[0], pattern[0]))
        return pattern
    torch.nn.functional.softmax = recording
    try:
        yield
    finally:
        torch.nn.functional.softmax = softmax


def heads_of(block, config, value):
    """Queries, keys and values, each [tokens, heads, d_head], of what a module fuses them to."""
    heads = config.num_attention_heads
    if submodule(block, "attention.query_key_value") is not None:  # head by head
        return value.reshape(len(value), heads, -1).chunk(3, dim=-1)
    return [part.reshape(len(value), heads, -1) for part in value.chunk(3, dim=-1)]


@torch.no_grad()
def shown(model, ids):
    """Name of a hook that is only read -> its value as TransformerLens has it, of the modules of a
    model in READ. A score that the mask hides is 0."""
    values, handles, attention = {}, [], []
    base, config = model.base_model, model.config

    def keep(module, take):
        if module is not None:
            handles.append(module.register_forward_hook(
                lambda m, i, o: take((i[0] if i else None), o)))

    def keep_as(module, name, heads=None):
        keep(module, lambda _, o: values.__setitem__(
            name, o[0].reshape(len(ids), heads or 1, -1) if heads else o[0].clone()))

    def keep_norm(module, at):
        def take(x, y):
            x = x[0] - (x[0].mean(-1, keepdim=True) if hasattr(module, "bias") else 0)
            # What was multiplied, and what was added to that.
            weight = module.weight + (1 if "Gemma" in type(module).__name__ else 0)
            normalized = (y[0] - getattr(module, "bias", 0)) / weight
            values[at + ".hook_normalized"] = normalized
            # The best fit over the row: (x - mean) / scale = normalized.
            values[at + ".hook_scale"] = ((x * x).sum(-1, keepdim=True) /
                                          (x * normalized).sum(-1, keepdim=True))
        keep(module, take)

    def split(block, at):
        return lambda _, o: values.update(zip(
            (at + "hook_q", at + "hook_k", at + "hook_v"), heads_of(block, config, o[0])))

    keep_as(submodule(base, "wte", "embed_in", "embed_tokens"), "hook_embed")
    keep(submodule(base, "wpe"), lambda _, o: values.__setitem__("hook_pos_embed",
                                                                 o.reshape(len(ids), -1)))
    for number, block in enumerate(blocks_of(model)):
        at = f"blocks.{number}."
        kv_heads = getattr(config, "num_key_value_heads", config.num_attention_heads)
        keep_as(submodule(block, "self_attn.q_proj"), at + "attn.hook_q",
                config.num_attention_heads)
        keep_as(submodule(block, "self_attn.k_proj"), at + "attn.hook_k", kv_heads)
        keep_as(submodule(block, "self_attn.v_proj"), at + "attn.hook_v", kv_heads)
        keep(submodule(block, "attn.c_attn", "attention.query_key_value"), split(block, at + "attn."))
        front = submodule(block, "ln_1", "input_layernorm")
        behind_mlp = submodule(block, "post_feedforward_layernorm")
        if front is not None:
            keep_norm(front, at + "ln1")
        if behind_mlp is None:
            keep_norm(submodule(block, "ln_2", "post_attention_layernorm"), at + "ln2")
        else:
            # In front as well, or only behind.
            post = "" if front is None else "_post"
            keep_norm(block.post_attention_layernorm, at + "ln1" + post)
            keep_norm(behind_mlp, at + "ln2" + post)
            if front is not None:
                keep_norm(block.pre_feedforward_layernorm, at + "ln2")
    final = submodule(base, "norm", "final_layer_norm", "ln_f")
    keep_norm(final, "ln_final")
    try:
        with recorded_softmax(attention):
            model(torch.tensor([ids]), use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    del values["ln_final.hook_normalized"]  # here before its weight
    for number, (scores, pattern) in enumerate(attention):
        at = f"blocks.{number}.attn."
        values[at + "hook_attn_scores"] = torch.where(scores < -1e30, 0, scores)
        values[at + "hook_pattern"] = pattern
    return {name: value.double().contiguous() for name, value in values.items()}


def stored(exact, single):
    """The values of a run in double precision, and the limits that its float32 run sets."""
    tensors = {}
    for hook, value in exact.items():
        tensors[hook] = value.to(torch.float32)
        error = (single[hook] - value).abs().max().item()
        tensors[hook + ".limit"] = torch.tensor([10 * error], dtype=torch.float32)
    return tensors


def make(name, folder, seed):
    kind, options = MODELS[name]
    sizes = {} if kind in ("gptj", "gpt2") else SIZES
    config = transformers.AutoConfig.for_model(kind, **{**sizes, **options})
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32,
                                                          attn_implementation="eager").eval()
    draw(model, seed)
    if config.tie_word_embeddings:
        model.tie_weights()
    model.save_pretrained(folder)
    ids = torch.randint(2, 48, (TOKENS,), generator=torch.Generator().manual_seed(seed)).tolist()
    single = run(model, ids)
    single_shown = shown(model, ids) if name in READ else {}
    with everything_double():
        double = transformers.AutoModelForCausalLM.from_config(
            config, dtype=torch.float64, attn_implementation="eager").eval()
        double.load_state_dict({name: value.double() for name, value in
                                model.state_dict().items()})
        exact = run(double, ids)
        exact_shown = shown(double, ids) if name in READ else {}
    save_file({"ids": torch.tensor(ids, dtype=torch.int64), **stored(exact, single)},
              folder / "reference.safetensors")
    if exact_shown:
        save_file(stored(exact_shown, single_shown), folder / "readings.safetensors")
    for extra in ("generation_config.json",):
        (folder / extra).unlink(missing_ok=True)
    worst = max((single[h] - exact[h]).abs().max().item() / exact[h].abs().max().item()
                for h in exact)
    spread = np.std(exact["logits"].numpy())
    print(f"{name}: float32 error {worst:.1e} of the values, logits spread {spread:.2f}")


def main():
    target = pathlib.Path(sys.argv[1])
    for seed, name in enumerate(MODELS):
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        make(name, folder, seed)


if __name__ == "__main__":
    main()
