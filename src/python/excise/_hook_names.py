"""TransformerLens' short names of hooks, as its get_act_name has them: pre5, scale4ln1."""
from __future__ import annotations

import re

# What stands where in a block, and older words for it.
_PARTS = dict.fromkeys(["q", "k", "v", "z", "rot_q", "rot_k", "attn_scores", "pattern"], "attn")
_PARTS |= dict.fromkeys(["pre", "pre_linear", "post"], "mlp")
_WORDS = {"attn": "pattern", "attn_logits": "attn_scores", "key": "k", "query": "q", "value": "v",
          "mlp_pre": "pre", "mlp_post": "post"}
_KINDS = {"a": "attn", "attention": "attn", "m": "mlp", "b": "", "block": "", "blocks": ""}
_OF_A_NORM = ("scale", "normalized")
_SHORT = re.compile(r"([a-z_]+)(\d+)([a-z]\w*)?")


def full_name(name: str, layer: int | None = None, kind: str | None = None) -> str:
    """The hook's whole name; of a whole name itself.

    >>> full_name("pre5"), full_name("scale", 4, "ln1"), full_name("embed")
    ('blocks.5.mlp.hook_pre', 'blocks.4.ln1.hook_scale', 'hook_embed')
    """
    if layer is None and ("." in name or name.startswith("hook_")):
        return name
    if layer is None and (match := _SHORT.fullmatch(name)):
        name, layer, kind = match[1], int(match[2]), match[3]
    name = _WORDS.get(name, name)
    kind = _PARTS.get(name, _KINDS.get(kind or "", kind or ""))
    if layer is None:
        return f"ln_final.hook_{name}" if name in _OF_A_NORM else f"hook_{name}"
    if "." not in name and not name.startswith("hook_"):
        name = f"hook_{name}"
    return ".".join(["blocks", str(layer), *([kind] if kind else []), name])
