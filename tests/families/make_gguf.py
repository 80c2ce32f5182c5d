"""Small random models as GGUF files, quantised by ggml, and what Transformers makes of the weights
that the blocks stand for, for family_reference_test. Needs torch, transformers (5.24), gguf and
libggml-python; run it only to make the files anew:

    python tests/families/make_gguf.py tests/families/gguf

Two of them have a tokenizer of tests/golden/make_gguf_tokenizers.py. Each folder has a GGUF file, written by gguf as llama.cpp's converter lays out a model, and
reference.safetensors as make_references.py writes it."""
import ctypes
import pathlib
import sys

import libggml
import make_references
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, RopeScalingType, dequantize, quant_shape_to_byte_shape
from safetensors.torch import save_file

sys.path.append(str(pathlib.Path(__file__).parents[1] / "golden"))
import make_gguf_tokenizers  # noqa: E402

SIZES = dict(vocab_size=48, hidden_size=64, intermediate_size=96, num_hidden_layers=2,
             num_attention_heads=4, max_position_embeddings=32, bos_token_id=0, eos_token_id=1,
             pad_token_id=None)
WIDE = dict(hidden_size=256, intermediate_size=256)
GROUPED = dict(num_key_value_heads=2)
# Of matrices, one after the other.
SMALL = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.IQ4_NL, Type.F16, Type.BF16,
         Type.F32, Type.MXFP4]
LARGE = [Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K, Type.IQ4_XS, Type.TQ1_0, Type.TQ2_0]

LLAMA = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm", "attn_q_norm": "self_attn.q_norm",
         "attn_k_norm": "self_attn.k_norm"}
NORMS = {"ffn_norm": "post_attention_layernorm"}
FOUR_NORMS = {"post_attention_norm": "post_attention_layernorm",
              "ffn_norm": "pre_feedforward_layernorm", "post_ffw_norm": "post_feedforward_layernorm"}
NEOX = {"attn_norm": "input_layernorm", "attn_qkv": "attention.query_key_value",
        "attn_output": "attention.dense", "ffn_norm": "post_attention_layernorm",
        "ffn_up": "mlp.dense_h_to_4h", "ffn_down": "mlp.dense_4h_to_h"}
GPT2 = {"attn_norm": "ln_1", "attn_qkv": "attn.c_attn", "attn_output": "attn.c_proj",
        "ffn_norm": "ln_2", "ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj"}
# Architecture -> names within a block, and of the tensors outside.
NAMES = {
    "llama": ({**LLAMA, **NORMS}, "model.layers", "model.norm", "model.embed_tokens"),
    "qwen2": ({**LLAMA, **NORMS}, "model.layers", "model.norm", "model.embed_tokens"),
    "qwen3": ({**LLAMA, **NORMS}, "model.layers", "model.norm", "model.embed_tokens"),
    "gemma": ({**LLAMA, **NORMS}, "model.layers", "model.norm", "model.embed_tokens"),
    "gemma2": ({**LLAMA, **FOUR_NORMS}, "model.layers", "model.norm", "model.embed_tokens"),
    "gemma3": ({**LLAMA, **FOUR_NORMS}, "model.layers", "model.norm", "model.embed_tokens"),
    "gptneox": (NEOX, "gpt_neox.layers", "gpt_neox.final_layer_norm", "gpt_neox.embed_in"),
    "gpt2": (GPT2, "transformer.h", "transformer.ln_f", "transformer.wte"),
}


def rope(**parameters):
    return dict(rope_parameters=dict(rope_theta=100.0, **parameters))


# Name -> (architecture, types, options of the config, keys of the file, how it is written).
# rope_freqs: what frequencies are divided by; the config must have the same in its own words.
MODELS = {
    "llama": ("llama", LARGE, dict(WIDE, **GROUPED, **rope()), {}, {}),
    "llama_tied": ("llama", SMALL, dict(GROUPED, tie_word_embeddings=True, attention_bias=True,
                                        **rope(rope_type="llama3", factor=4.0, low_freq_factor=1.0,
                                               high_freq_factor=4.0,
                                               original_max_position_embeddings=16)),
                   {}, dict(alignment=8, rope_freqs=True)),
    "llama_linear": ("llama", SMALL[3:], rope(rope_type="linear", factor=3.0),
                     {"rope.scaling.type": "linear", "rope.scaling.factor": 3.0}, dict(parts=3)),
    "llama_yarn": ("llama", SMALL[5:], rope(rope_type="yarn", factor=4.0,
                                            original_max_position_embeddings=8),
                   {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0,
                    "rope.scaling.original_context_length": 8}, {}),
    "qwen2": ("qwen2", SMALL[4:], dict(GROUPED, max_position_embeddings=512, **rope()), {},
              dict(tokenizer="qwen2")),
    "qwen3": ("qwen3", SMALL[1:], dict(GROUPED, head_dim=24, tie_word_embeddings=True, **rope()),
              {"attention.key_length": 24, "attention.value_length": 24}, {}),
    "gemma": ("gemma", SMALL[2:], dict(num_key_value_heads=1, head_dim=24,
                                       max_position_embeddings=512, **rope()),
              {"attention.key_length": 24, "attention.value_length": 24},
              dict(alignment=256, tokenizer="gemma")),
    "gemma2": ("gemma2", SMALL[6:], dict(GROUPED, head_dim=24, sliding_window=4,
                                         query_pre_attn_scalar=24, attn_logit_softcapping=2.0,
                                         final_logit_softcapping=3.0, **rope()),
               {"attention.key_length": 24, "attention.value_length": 24,
                "attention.sliding_window": 4, "attn_logit_softcapping": 2.0,
                "final_logit_softcapping": 3.0}, {}),
    "gemma3": ("gemma3", SMALL[7:], dict(
        GROUPED, head_dim=24, sliding_window=4, query_pre_attn_scalar=24, num_hidden_layers=3,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters=dict(sliding_attention=dict(rope_type="default", rope_theta=10000.0),
                             full_attention=dict(rope_type="linear", factor=8.0,
                                                 rope_theta=1000.0))),
        {"attention.key_length": 24, "attention.value_length": 24, "attention.sliding_window": 4,
         "attention.sliding_window_pattern": 2, "rope.freq_base": 1000.0,
         "rope.scaling.type": "linear", "rope.scaling.factor": 8.0}, {}),
    "gptneox": ("gptneox", SMALL[1:], rope(partial_rotary_factor=0.5),
                {"rope.dimension_count": 8, "use_parallel_residual": True}, {}),
    "gptneox_sequential": ("gptneox", SMALL[8:], dict(use_parallel_residual=False, **rope(
        partial_rotary_factor=0.25)), {"rope.dimension_count": 4, "use_parallel_residual": False}, {}),
    "gpt2": ("gpt2", SMALL, dict(n_inner=96), {}, {}),
}

GGML = ctypes.CDLL(str(pathlib.Path(libggml.__file__).parent / "lib64/libggml-base.so"))
GGML.ggml_quantize_chunk.restype = ctypes.c_size_t
GGML.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
                                     ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]


def quantised(values, kind):
    """Bytes as ggml has them, [rows, bytes]."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    if kind == Type.F32:
        return values
    out = np.zeros(quant_shape_to_byte_shape(values.shape, kind), dtype=np.uint8)
    wrote = GGML.ggml_quantize_chunk(kind, values.ctypes.data, out.ctypes.data, 0, values.shape[0],
                                     values.shape[1], None)
    assert wrote == out.nbytes
    return out.view(np.float16) if kind == Type.F16 else out


def widened(stored, kind):
    if kind == Type.F32:
        return stored
    if kind == Type.F16:
        return stored.astype(np.float32)
    return dequantize(stored, kind)


class Layout:
    """From a parameter of Transformers to a tensor of llama.cpp, and back."""

    def __init__(self, config, arch):
        self.heads = config.num_attention_heads
        self.kv_heads = getattr(config, "num_key_value_heads", self.heads)
        self.arch = arch

    def there(self, name, w):
        if self.arch == "llama" and ("attn_q." in name or "attn_k." in name):
            heads = self.heads if "attn_q" in name else self.kv_heads
            return w.reshape(heads, 2, -1, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)
        if self.arch == "gptneox" and "attn_qkv" in name:
            return w.reshape(self.heads, 3, -1, *w.shape[1:]).swapaxes(0, 1).reshape(w.shape)
        if self.arch.startswith("gemma") and "norm" in name:
            return w + np.float32(1)
        if self.arch == "gpt2" and w.ndim == 2 and name.startswith("blk."):
            return w.T
        return w

    def back(self, name, w):
        if self.arch == "llama" and ("attn_q." in name or "attn_k." in name):
            heads = self.heads if "attn_q" in name else self.kv_heads
            return w.reshape(heads, -1, 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)
        if self.arch == "gptneox" and "attn_qkv" in name:
            return w.reshape(3, self.heads, -1, *w.shape[1:]).swapaxes(0, 1).reshape(w.shape)
        if self.arch.startswith("gemma") and "norm" in name:
            return w - np.float32(1)
        if self.arch == "gpt2" and w.ndim == 2 and name.startswith("blk."):
            return w.T
        return w


def names_of(arch, config, state):
    """llama.cpp's name -> Transformers'."""
    within, block, final, embedding = NAMES[arch]
    names = {"token_embd.weight": embedding + ".weight"}
    for part in ("weight", "bias"):
        names["output_norm." + part] = f"{final}.{part}"
        for layer in range(config.num_hidden_layers):
            for own, theirs in within.items():
                names[f"blk.{layer}.{own}.{part}"] = f"{block}.{layer}.{theirs}.{part}"
    names["position_embd.weight"] = "transformer.wpe.weight"
    if not config.tie_word_embeddings:
        names["output.weight"] = "lm_head.weight"
    return {own: theirs for own, theirs in names.items() if theirs in state}


def write_keys(writer, arch, config, keys):
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    if arch in ("gptneox", "gpt2"):
        writer.add_layer_norm_eps(1e-5)
    else:
        writer.add_head_count_kv(config.num_key_value_heads)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if arch != "gpt2":
        writer.add_rope_freq_base(keys.pop("rope.freq_base", 100.0))
    for key, value in keys.items():
        add = {bool: writer.add_bool, int: writer.add_uint32, float: writer.add_float32,
               str: writer.add_string}[type(value)]
        add(f"{arch}.{key}", value)


def make(name, folder, seed):
    """Writes both files; gives the model of Transformers that has the widened weights."""
    arch, types, options, keys, written = MODELS[name]
    kind = {"gptneox": "gpt_neox", "gemma3": "gemma3_text"}.get(arch, arch)
    tokenizer = {}
    if "tokenizer" in written:
        size = 330 if written["tokenizer"] == "gemma" else 570
        tokenizer = make_gguf_tokenizers.keys_of(written["tokenizer"], size)
        options = dict(options, vocab_size=len(tokenizer["tokens"]))
    config = transformers.AutoConfig.for_model(kind, **{**SIZES, **options})
    config._attn_implementation = "eager"
    build = transformers.AutoModelForCausalLM.from_config
    model = build(config, dtype=torch.float32, attn_implementation="eager").eval()
    make_references.draw(model, seed)
    if config.tie_word_embeddings:
        model.tie_weights()
    state = {key: value.numpy() for key, value in model.state_dict().items()}
    parts = written.get("parts", 0)
    writer = GGUFWriter(folder / "model.gguf", arch,
                        split_max_tensors=8 if parts else 0)
    if "alignment" in written:
        writer.add_custom_alignment(written["alignment"])
    write_keys(writer, arch, config, dict(keys))
    if tokenizer:
        make_gguf_tokenizers.add_keys(writer, tokenizer)
        writer.add_chat_template("{{ messages[0]['content'] }}")
    layout = Layout(config, arch)
    matrices = 0
    for own, theirs in names_of(arch, config, state).items():
        w = layout.there(own, state[theirs])
        if w.ndim == 1:
            kept = np.ascontiguousarray(w, dtype=np.float32)
            writer.add_tensor(own, kept)
        else:
            chosen = types[matrices % len(types)]
            matrices += 1
            stored = quantised(w, chosen)
            kept = widened(stored, chosen)
            writer.add_tensor(own, stored, raw_dtype=chosen)
        state[theirs] = np.ascontiguousarray(layout.back(own, kept))
    if written.get("rope_freqs"):
        plain = 100.0 ** (-np.arange(0, 1, 2 * 4 / config.hidden_size))
        scaled = model.base_model.rotary_emb.inv_freq.double().numpy()
        writer.add_tensor("rope_freqs.weight", (plain / scaled).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    if config.tie_word_embeddings:
        state["lm_head.weight"] = state[NAMES[arch][3] + ".weight"]
    ids = torch.randint(2, 48, (make_references.TOKENS,),
                        generator=torch.Generator().manual_seed(seed)).tolist()
    model.load_state_dict({key: torch.tensor(value) for key, value in state.items()})
    single = make_references.run(model, ids)
    with make_references.everything_double():
        double = build(config, dtype=torch.float64, attn_implementation="eager").eval()
        double.load_state_dict({key: torch.tensor(value).double() for key, value in state.items()})
        exact = make_references.run(double, ids)
    kept = {"ids": torch.tensor(ids, dtype=torch.int64)}
    for hook, value in exact.items():
        kept[hook] = value.to(torch.float32)
        error = (single[hook] - value).abs().max().item()
        kept[hook + ".limit"] = torch.tensor([10 * error], dtype=torch.float32)
    save_file(kept, folder / "reference.safetensors")
    print(f"{name}: logits spread {np.std(exact['logits'].numpy()):.2f}")
    return model


def main():
    target = pathlib.Path(sys.argv[1])
    for seed, name in enumerate(MODELS):
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        make(name, folder, seed)


if __name__ == "__main__":
    main()
