"""Reads a Hugging Face model's own activations under TransformerLens hook names.

Every value is taken where the reference implementation computes it: at the inputs and outputs of its
modules (forward hooks) and at the arguments and results of its eager attention. Only three things are
recomputed, because no module hands them out: `hook_scale`, `hook_attn_scores` and `hook_result`; `check`
ties the last two to what the modules gave. Shapes have no batch axis; k and v are per key-value head.
"""

import contextlib
import math

import torch
from transformers.models.bert import modeling_bert
from transformers.models.gpt2 import modeling_gpt2
from transformers.models.llama import modeling_llama

CODE = {"llama": modeling_llama, "gpt2": modeling_gpt2, "bert": modeling_bert}

# Hook name -> (module of the base model, "in" or "out"). {l} runs over the layers.
TAPS = {
    "llama": {
        "hook_embed": ("embed_tokens", "out"),
        "blocks.{l}.hook_resid_pre": ("layers.{l}", "in"),
        "blocks.{l}.ln1.hook_normalized": ("layers.{l}.input_layernorm", "out"),
        "blocks.{l}.attn.hook_q": ("layers.{l}.self_attn.q_proj", "out"),
        "blocks.{l}.attn.hook_k": ("layers.{l}.self_attn.k_proj", "out"),
        "blocks.{l}.hook_attn_out": ("layers.{l}.self_attn.o_proj", "out"),
        "blocks.{l}.hook_resid_mid": ("layers.{l}.post_attention_layernorm", "in"),
        "blocks.{l}.ln2.hook_normalized": ("layers.{l}.post_attention_layernorm", "out"),
        "blocks.{l}.mlp.hook_pre": ("layers.{l}.mlp.gate_proj", "out"),
        "blocks.{l}.mlp.hook_pre_linear": ("layers.{l}.mlp.up_proj", "out"),
        "blocks.{l}.mlp.hook_post": ("layers.{l}.mlp.down_proj", "in"),
        "blocks.{l}.hook_mlp_out": ("layers.{l}.mlp.down_proj", "out"),
        "blocks.{l}.hook_resid_post": ("layers.{l}", "out"),
        "ln_final.hook_normalized": ("norm", "out"),
    },
    "gpt2": {
        "hook_embed": ("wte", "out"),
        "hook_pos_embed": ("wpe", "out"),
        "blocks.{l}.hook_resid_pre": ("h.{l}", "in"),
        "blocks.{l}.ln1.hook_normalized": ("h.{l}.ln_1", "out"),
        "blocks.{l}.hook_attn_out": ("h.{l}.attn.c_proj", "out"),
        "blocks.{l}.hook_resid_mid": ("h.{l}.ln_2", "in"),
        "blocks.{l}.ln2.hook_normalized": ("h.{l}.ln_2", "out"),
        "blocks.{l}.mlp.hook_pre": ("h.{l}.mlp.c_fc", "out"),
        "blocks.{l}.mlp.hook_post": ("h.{l}.mlp.c_proj", "in"),
        "blocks.{l}.hook_mlp_out": ("h.{l}.mlp.c_proj", "out"),
        "blocks.{l}.hook_resid_post": ("h.{l}", "out"),
        "ln_final.hook_normalized": ("ln_f", "out"),
    },
    "bert": {  # post-norm: the norms read the sums, and their outputs are resid_mid and resid_post
        "hook_embed": ("embeddings.word_embeddings", "out"),
        "hook_pos_embed": ("embeddings.position_embeddings", "out"),
        "hook_token_type_embed": ("embeddings.token_type_embeddings", "out"),
        "blocks.{l}.hook_resid_pre": ("encoder.layer.{l}", "in"),
        "blocks.{l}.hook_attn_out": ("encoder.layer.{l}.attention.output.dense", "out"),
        "blocks.{l}.ln1.hook_normalized": ("encoder.layer.{l}.attention.output.LayerNorm", "out"),
        "blocks.{l}.hook_resid_mid": ("encoder.layer.{l}.intermediate.dense", "in"),
        "blocks.{l}.mlp.hook_pre": ("encoder.layer.{l}.intermediate.dense", "out"),
        "blocks.{l}.mlp.hook_post": ("encoder.layer.{l}.output.dense", "in"),
        "blocks.{l}.hook_mlp_out": ("encoder.layer.{l}.output.dense", "out"),
        "blocks.{l}.ln2.hook_normalized": ("encoder.layer.{l}.output.LayerNorm", "out"),
        "blocks.{l}.hook_resid_post": ("encoder.layer.{l}", "out"),
    },
}
# ln1, ln2 and ln_final, for `hook_scale`; and the projection behind z, for `hook_result`.
NORMS = {
    "llama": ("layers.{l}.input_layernorm", "layers.{l}.post_attention_layernorm", "norm"),
    "gpt2": ("h.{l}.ln_1", "h.{l}.ln_2", "ln_f"),
    "bert": ("encoder.layer.{l}.attention.output.LayerNorm", "encoder.layer.{l}.output.LayerNorm", None),
}
OUTPUT = {
    "llama": "layers.{l}.self_attn.o_proj",
    "gpt2": "h.{l}.attn.c_proj",
    "bert": "encoder.layer.{l}.attention.output.dense",
}


def record(model, ids):
    """All activations of one sequence of token ids, {hook name: float32 tensor}, `logits` with them."""
    family, base = model.config.model_type, model.base_model
    found, handles = {}, []
    for name, path, side in taps(model.config):
        handles.append(tap(base.get_submodule(path), side, found, name))
    with attention_recorder(family, found), torch.no_grad():
        output = model(torch.tensor([ids]))
    for handle in handles:
        handle.remove()
    if hasattr(output, "logits"):
        found["logits"] = output.logits
    found = {name: value[0].float().contiguous().clone() for name, value in found.items()}
    split_heads(model.config, found)
    add_results(model, found)
    check(model, found)
    return {name: value.contiguous() for name, value in sorted(found.items())}


def taps(config):
    """(hook name, module path, side) for every layer; `hook_scale` taps the input of its norm."""
    table = [(name, *place) for name, place in TAPS[config.model_type].items()]
    ln1, ln2, final = NORMS[config.model_type]
    table += [("blocks.{l}.ln1.hook_scale", ln1, "scale"), ("blocks.{l}.ln2.hook_scale", ln2, "scale")]
    if final:
        table.append(("ln_final.hook_scale", final, "scale"))
    for name, path, side in table:
        for layer in range(config.num_hidden_layers if "{l}" in name else 1):
            yield name.format(l=layer), path.format(l=layer), side


def tap(module, side, found, name):
    def keep(module, inputs, output):
        if name in found:
            raise AssertionError(f"{name}: the module ran twice")
        found[name] = output if side == "out" else inputs[0] if side == "in" else scale(module, inputs[0])

    return module.register_forward_hook(keep)


def scale(norm, x):
    """The denominator of the norm, [batch, position, 1]: sqrt(variance + eps), about zero for RMSNorm."""
    if hasattr(norm, "variance_epsilon"):
        return (x.pow(2).mean(-1, keepdim=True) + norm.variance_epsilon).sqrt()
    return (x.var(-1, unbiased=False, keepdim=True) + norm.eps).sqrt()


@contextlib.contextmanager
def attention_recorder(family, found):
    """Records what the eager attention of `family` is given and returns, once per layer, in order."""
    code, layer = CODE[family], 0
    eager = code.eager_attention_forward

    def recorded(module, query, key, value, mask, **options):
        nonlocal layer
        z, pattern = eager(module, query, key, value, mask, **options)
        at, rot = f"blocks.{layer}.attn.", "rot_" if family == "llama" else ""
        keys = key.repeat_interleave(query.shape[1] // key.shape[1], dim=1)
        scores = query @ keys.transpose(2, 3) * module.scaling
        found[at + f"hook_{rot}q"] = query.transpose(1, 2)
        found[at + f"hook_{rot}k"] = key.transpose(1, 2)
        found[at + "hook_v"] = value.transpose(1, 2)
        # Causal families: what a query cannot see is 0 in both; the entries are not to be compared.
        found[at + "hook_attn_scores"] = scores if family == "bert" else scores.tril()
        found[at + "hook_pattern"] = pattern
        found[at + "hook_z"] = z
        layer += 1
        return z, pattern

    code.eager_attention_forward = recorded
    try:
        yield
    finally:
        code.eager_attention_forward = eager


def split_heads(config, found):
    """q and k as their projections give them: [position, heads * dHead] -> [position, head, dHead]."""
    for name, value in found.items():
        if value.dim() == 2 and name.endswith(("hook_q", "hook_k")):
            d_head = found[name.rsplit(".", 1)[0] + ".hook_z"].shape[-1]
            found[name] = value.reshape(len(value), -1, d_head)


def add_results(model, found):
    """`hook_result` [position, head, dModel]: what each head writes, without the output bias."""
    for layer in range(model.config.num_hidden_layers):
        z = found[f"blocks.{layer}.attn.hook_z"]
        by_head = torch.einsum("phd,hdm->phm", z, output_weight(model, layer, z))
        found[f"blocks.{layer}.attn.hook_result"] = by_head


def output_weight(model, layer, z):
    """W_O as [head, dHead, dModel]; GPT-2's Conv1D already stores [in, out]."""
    weight = model.base_model.get_submodule(OUTPUT[model.config.model_type].format(l=layer)).weight.detach()
    rows = weight if model.config.model_type == "gpt2" else weight.T
    return rows.reshape(*z.shape[1:], -1)


def check(model, found):
    """The identities that tie the points together; a tap in the wrong place breaks one of them."""
    config, post_norm = model.config, model.config.model_type == "bert"
    for layer in range(config.num_hidden_layers):
        at = {name.removeprefix(f"blocks.{layer}."): value for name, value in found.items()}
        pre, mid, post = (at[f"hook_resid_{part}"] for part in ("pre", "mid", "post"))
        if post_norm:
            close(mid, at["ln1.hook_normalized"])
            close(post, at["ln2.hook_normalized"])
        else:
            close(pre + at["hook_attn_out"], mid)
            close(mid + at["hook_mlp_out"], post)
        if layer:
            close(pre, found[f"blocks.{layer - 1}.hook_resid_post"])
        pattern, scores = at["attn.hook_pattern"], at["attn.hook_attn_scores"]
        hidden = torch.zeros_like(scores) if post_norm else torch.full_like(scores, -math.inf).triu(1)
        close((scores + hidden).softmax(-1), pattern)
        values = at["attn.hook_v"].repeat_interleave(pattern.shape[0] // at["attn.hook_v"].shape[1], dim=1)
        close(torch.einsum("hqk,khd->qhd", pattern, values), at["attn.hook_z"])
        bias = model.base_model.get_submodule(OUTPUT[config.model_type].format(l=layer)).bias
        close(at["attn.hook_result"].sum(1) + (0 if bias is None else bias.detach()), at["hook_attn_out"])
        if "mlp.hook_pre_linear" in at:
            gate = torch.nn.functional.silu(at["mlp.hook_pre"]) * at["mlp.hook_pre_linear"]
            close(gate, at["mlp.hook_post"])
            for part in "qk":
                close(rotate(at[f"attn.hook_{part}"], config), at[f"attn.hook_rot_{part}"])
    logits = found.get("logits")
    if logits is not None and not post_norm:
        close(found["ln_final.hook_normalized"] @ model.get_output_embeddings().weight.detach().T, logits)


def rotate(x, config):
    """Rotary embedding in float64: the pair (i, i + dHead/2) turns by position * theta^(-2i/dHead)."""
    half = x.shape[-1] // 2
    rates = config.rope_parameters["rope_theta"] ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(len(x), dtype=torch.float64)[:, None, None] * rates
    first, second = x[..., :half].double(), x[..., half:].double()
    turned = (first * angle.cos() - second * angle.sin(), second * angle.cos() + first * angle.sin())
    return torch.cat(turned, -1).float()


def close(left, right):
    torch.testing.assert_close(left, right, rtol=2e-5, atol=2e-5)
