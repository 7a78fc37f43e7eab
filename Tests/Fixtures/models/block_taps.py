"""Reads any architecture of family_taps.py with forward hooks, and checks what was read."""

import contextlib
import sys

import torch
from reference_taps import close
from rope_reference import rotate
from transformers.activations import ACT2FN


def record(model, ids, family):
    """All activations of one sequence of token ids, {hook name: float32 tensor without batch axis}."""
    found = {}
    with tapped(model, family, found), recorded_attention(model, family, found), torch.no_grad():
        ids = torch.tensor([ids])
        runner = model.encoder if model.config.model_type == "t5" else model
        output = runner(input_ids=ids, output_attentions=True)
    for layer, pattern in enumerate(output.attentions):
        found[f"blocks.{layer}.attn.hook_pattern"] = pattern
    if getattr(output, "logits", None) is not None:
        found["logits"] = output.logits
    # OPT drops the batch axis inside its blocks.
    found = {name: (value[0] if value.dim() > 2 else value).float().clone() for name, value in found.items()}
    split_heads(found)
    check(model, family, found)
    return {name: value.contiguous() for name, value in sorted(found.items())}


@contextlib.contextmanager
def tapped(model, family, found):
    """Forward hooks at the family's places; z is what the attention's output matrix reads."""
    table = family.points | {"blocks.{l}.attn.hook_z": (family.output, "in")}
    handles = []
    for name, (path, side) in table.items():
        for layer in range(model.config.num_hidden_layers if "{l}" in name else 1):
            module = model.base_model.get_submodule(path.format(l=layer))
            keep = keeper(found, name.format(l=layer), side)
            handles.append(module.register_forward_hook(keep, with_kwargs=True))
    yield
    for handle in handles:
        handle.remove()


def keeper(found, name, side):
    def keep(module, inputs, options, output):
        assert name not in found, f"{name}: the module ran twice"
        value = output[0] if isinstance(output, tuple) else output
        if side == "in":
            value = inputs[0] if inputs else options["hidden_states"]
        elif side == "left":
            value = value[..., : value.shape[-1] // 2]
        elif side == "right":
            value = value[..., value.shape[-1] // 2 :]
        elif side == "heads":
            value = value.transpose(1, 2)
        found[name] = value

    return keep


@contextlib.contextmanager
def recorded_attention(model, family, found):
    """Keeps what the attention is given: values, and turned queries and keys of rotary families."""
    code = sys.modules[type(model).__module__]
    layer = 0

    def keep(query, key, value):
        nonlocal layer
        at = f"blocks.{layer}.attn."
        found[at + "hook_v"] = value.transpose(1, 2)
        if family.rotary:
            found[at + "hook_rot_q"], found[at + "hook_rot_k"] = query.transpose(1, 2), key.transpose(1, 2)
        layer += 1

    if hasattr(code, "eager_attention_forward"):
        eager = code.eager_attention_forward

        def recorded(module, query, key, value, *arguments, **options):
            keep(query, key, value)
            return eager(module, query, key, value, *arguments, **options)

        code.eager_attention_forward = recorded
        try:
            yield
        finally:
            code.eager_attention_forward = eager
        return
    inner = [module for module in model.modules() if hasattr(module, "_attn")]
    for module in inner:
        def attend(query, key, value, *arguments, original=module._attn):
            keep(query, key, value)
            return original(query, key, value, *arguments)

        module._attn = attend
    yield
    for module in inner:
        del module._attn


def split_heads(found):
    """[position, heads * dHead] -> [position, head, dHead] for q, k, z and their norms."""
    for name, value in found.items():
        if value.dim() == 2 and ".attn." in name:
            block = name.split(".attn.")[0] + ".attn."
            heads = len(found[block + "hook_pattern"])
            width = found[block + "hook_z"].numel() // len(value)
            found[name] = value.reshape(len(value), -1, width // heads)


def check(model, family, found):
    """The identities that tie the points together; a tap in the wrong place breaks one of them."""
    config = model.config
    for layer in range(config.num_hidden_layers):
        at = {name.removeprefix(f"blocks.{layer}."): value for name, value in found.items()}
        check_sums(family.order, at)
        if layer:
            close(at["hook_resid_pre"], found[f"blocks.{layer - 1}.hook_resid_post"])
        check_attention(config, family, layer, at)
        gate = ACT2FN[activation(config)](at["mlp.hook_pre"]) * at.get("mlp.hook_pre_linear", 1)
        close(gate, at["mlp.hook_post"])
    if "logits" in found:
        close(head(model, family, found), found["logits"])


def check_sums(order, at):
    pre, post, both = at["hook_resid_pre"], at["hook_resid_post"], at["hook_attn_out"] + at["hook_mlp_out"]
    if order == "postnorm":
        close(at["hook_resid_mid"], at["ln1.hook_normalized"])
        close(post, at["ln2.hook_normalized"])
        return
    close(pre + both, post)
    assert (order == "parallel") == ("hook_resid_mid" not in at)
    if order == "serial":
        close(pre + at["hook_attn_out"], at["hook_resid_mid"])


def check_attention(config, family, layer, at):
    pattern = at["attn.hook_pattern"]
    everything = torch.ones(pattern.shape[1:], dtype=torch.bool)
    seen = visible(config, layer, pattern.shape[-1]) if family.causal else everything
    assert (pattern[:, ~seen] == 0).all() and (pattern[:, seen] > 0).all(), "not the config's window"
    close(pattern.sum(-1), torch.ones(pattern.shape[:-1]))
    if "attn.hook_v" in at:
        values = at["attn.hook_v"].repeat_interleave(len(pattern) // at["attn.hook_v"].shape[1], dim=1)
        close(torch.einsum("hqk,khd->qhd", pattern, values), at["attn.hook_z"])
    for part in "qk" if family.rotary else "":
        source = at.get(f"attn.{part}_norm.hook_normalized", at.get(f"attn.hook_{part}"))
        if source is not None:
            close(rotate(source, config), at[f"attn.hook_rot_{part}"])


def visible(config, layer, length):
    """[query, key]: what a causal block may see, from the config alone."""
    kinds = getattr(config, "attention_layers", None) or getattr(config, "layer_types", None)
    window = getattr(config, "window_size", None) or getattr(config, "sliding_window", None)
    if kinds and kinds[layer] not in ("local", "sliding_attention"):
        window = None
    distance = torch.arange(length)[:, None] - torch.arange(length)
    return (distance >= 0) & (distance < (window or length))


def activation(config):
    for key in ("hidden_activation", "hidden_act", "activation_function", "activation", "dense_act_fn"):
        if getattr(config, key, None):
            return getattr(config, key)
    return "gelu_new"  # BLOOM has no key for it


def head(model, family, found):
    """The logits from the last point before them."""
    matrix, config = model.get_output_embeddings(), model.config
    with torch.no_grad():
        last = f"blocks.{config.num_hidden_layers - 1}.hook_resid_post"
        x = found.get("ln_final.hook_normalized", found[last])
        if family.head:
            transform, norm = (model.get_submodule(path) for path in family.head)
            x = norm(torch.nn.functional.gelu(transform(x)))
        if getattr(config, "word_embed_proj_dim", config.hidden_size) != config.hidden_size:
            x = model.base_model.decoder.project_out(x)
        logits = x @ matrix.weight.T + (0 if matrix.bias is None else matrix.bias)
        cap = getattr(config, "final_logit_softcapping", None)
        return logits if cap is None else cap * (logits / cap).tanh()
