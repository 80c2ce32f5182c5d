"""One layer of the wavefront by each family's own modules: attention, the MLP pre-activations with
one more row, where the edited one joins, and what the MLP writes. states: [rows, tokens, width], of
which the first `live` are alive before the layer and one more behind it."""
import peer
import torch
import torch.nn.functional as F


def joined(pre):
    """Pre-activations of the rows that are alive, and those of the clean row edited."""
    return torch.cat([pre, peer.remove_first_component(pre[0])[None]])


class Gpt2:
    def __init__(self, model, ids):
        body = model.transformer
        self.blocks, self.norm, self.head = body.h, body.ln_f, model.lm_head
        self.embedded = body.wte(ids) + body.wpe.weight[:len(ids)]

    def attention(self, block, x):
        batch, tokens, width = x.shape
        query, key, value = block.attn.c_attn(block.ln_1(x)).split(width, dim=2)
        query, key, value = (part.view(batch, tokens, block.attn.num_heads, -1).transpose(1, 2)
                             for part in (query, key, value))
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return block.attn.c_proj(mixed.transpose(1, 2).reshape(batch, tokens, width))

    def layer(self, block, states, live):
        states[:live] += self.attention(block, states[:live])
        pre = joined(block.mlp.c_fc(block.ln_2(states[:live])))
        states[live] = states[0]
        states[:live + 1] += block.mlp.c_proj(F.gelu(pre, approximate="tanh"))


class Llama:
    def __init__(self, model, ids):
        body = model.model
        self.blocks, self.norm, self.head = body.layers, body.norm, model.lm_head
        self.embedded = body.embed_tokens(ids)
        self.rotary = body.rotary_emb(self.embedded[None], torch.arange(len(ids))[None])

    def layer(self, block, states, live):
        x = block.input_layernorm(states[:live])
        states[:live] += block.self_attn(x, position_embeddings=self.rotary,
                                         attention_mask=None)[0]
        x = block.post_attention_layernorm(states[:live])
        gate, up = joined(block.mlp.gate_proj(x)), block.mlp.up_proj(x)
        up = torch.cat([up, up[:1]])
        states[live] = states[0]
        states[:live + 1] += block.mlp.down_proj(block.mlp.act_fn(gate) * up)


class GptNeoX:
    def __init__(self, model, ids):
        body = model.gpt_neox
        self.blocks, self.norm = body.layers, body.final_layer_norm
        self.head = model.get_output_embeddings()
        self.embedded = body.embed_in(ids)
        self.rotary = body.rotary_emb(self.embedded[None], torch.arange(len(ids))[None])

    def layer(self, block, states, live):
        mixed = block.attention(block.input_layernorm(states[:live]), attention_mask=None,
                                position_embeddings=self.rotary)[0]
        mixed = torch.cat([mixed, mixed[:1]])
        pre = joined(block.mlp.dense_h_to_4h(block.post_attention_layernorm(states[:live])))
        states[live] = states[0]
        states[:live + 1] += mixed + block.mlp.dense_4h_to_h(block.mlp.act(pre))


FAMILIES = {"gpt2": Gpt2, "llama": Llama, "gpt_neox": GptNeoX}


PRE = {"gpt2": "mlp.c_fc", "llama": "mlp.gate_proj", "gpt_neox": "mlp.dense_h_to_4h"}


def pre_activation(model, layer):
    """The module whose output the edit replaces."""
    kind = model.config.model_type
    return FAMILIES[kind](model, torch.tensor([0])).blocks[layer].get_submodule(PRE[kind])
