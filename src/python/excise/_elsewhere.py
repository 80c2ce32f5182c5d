"""What a model of TransformerLens has and ours calls otherwise."""

_OURS = {
    "to_tokens": "model.encode(text)", "to_single_token": "model.encode(text)",
    "to_string": "model.decode(ids)", "to_single_str_token": "model.to_str_tokens(ids)",
    "tokenizer": "model.encode(text) and model.decode(ids)",
    "generate": "excise.generate(model, prompt)", "forward": "model(ids)",
    "loss_fn": 'model(ids, return_type="loss")',
    "hooks": "model.edit(hook, function)", "add_hook": "model.edit(hook, function)",
    "add_perma_hook": "model.edit(hook, function)",
    "reset_hooks": "the end of `with model.edit(...)`",
    "hook_dict": "model.hook_names", "hook_points": "model.hook_names",
    "embed": "model.W_E", "pos_embed": "model.W_pos",
    "blocks": "model.layer_weights(layer)",
} | dict.fromkeys(("W_in", "W_out", "b_in", "b_out", "W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V",
                   "b_O"),
                  "model.layer_weights(layer)")


def no_attribute(model: object, name: str) -> AttributeError:
    """What Python raises, with our name where there is one."""
    ours = f"; here it is {_OURS[name]}" if name in _OURS else ""
    return AttributeError(f"'Model' object has no attribute {name!r}{ours}", name=name, obj=model)
