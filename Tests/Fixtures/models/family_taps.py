"""Where each architecture's Hugging Face modules compute the points, under TransformerLens hook names.

A place is (module path below the base model, side): "in" and "out" are the module's first input and its
output, "left" and "right" the halves of the output's last axis, "heads" an output [head, position, dHead].
"""

from dataclasses import dataclass, replace

from reference_taps import TAPS


@dataclass(frozen=True)
class Family:
    """How one architecture is read."""

    points: dict
    order: str = "serial"  # serial, parallel or postnorm: what `block_taps.check` demands of the sums
    output: str = ""  # the attention's output matrix: z is its input
    rotary: bool = False
    causal: bool = True
    head: tuple = ()  # of a masked-language model: transform, its norm


def places(prefix, **points):
    """{hook: place} of the points inside a block; `__` stands for the dot in a hook's name."""
    return {f"blocks.{{l}}.{name.replace('__', '.')}": (f"{prefix}.{{l}}{path and '.'}{path}", side)
            for name, (path, side) in points.items()}


def without(points, *names):
    return {name: place for name, place in points.items() if not name.endswith(names)}


GPT2 = Family(TAPS["gpt2"], output="h.{l}.attn.c_proj")
GPT_NEO = Family(
    TAPS["gpt2"] | places(
        "h", attn__hook_q=("attn.attention.q_proj", "out"), attn__hook_k=("attn.attention.k_proj", "out"),
        hook_attn_out=("attn.attention.out_proj", "out")),
    output="h.{l}.attn.attention.out_proj")
CODEGEN = Family(
    without(TAPS["gpt2"], "hook_pos_embed", "hook_resid_mid", "ln2.hook_normalized") | places(
        "h", hook_attn_out=("attn.out_proj", "out"), mlp__hook_pre=("mlp.fc_in", "out"),
        mlp__hook_post=("mlp.fc_out", "in"), hook_mlp_out=("mlp.fc_out", "out")),
    order="parallel", output="h.{l}.attn.out_proj", rotary=True)
GPTJ = replace(CODEGEN, points=CODEGEN.points | places(
    "h", attn__hook_q=("attn.q_proj", "out"), attn__hook_k=("attn.k_proj", "out")))

NEOX_SERIAL = Family(
    {"hook_embed": ("embed_in", "out"), "ln_final.hook_normalized": ("final_layer_norm", "out")} | places(
        "layers", hook_resid_pre=("", "in"), ln1__hook_normalized=("input_layernorm", "out"),
        hook_attn_out=("attention.dense", "out"), hook_resid_mid=("post_attention_layernorm", "in"),
        ln2__hook_normalized=("post_attention_layernorm", "out"),
        mlp__hook_pre=("mlp.dense_h_to_4h", "out"), mlp__hook_post=("mlp.dense_4h_to_h", "in"),
        hook_mlp_out=("mlp.dense_4h_to_h", "out"), hook_resid_post=("", "out")),
    output="layers.{l}.attention.dense", rotary=True)
NEOX = replace(NEOX_SERIAL, points=without(NEOX_SERIAL.points, "hook_resid_mid"), order="parallel")
BLOOM = Family(
    {"hook_embed": ("word_embeddings", "out"), "ln_final.hook_normalized": ("ln_f", "out")} | places(
        "h", hook_resid_pre=("", "in"), ln1__hook_normalized=("input_layernorm", "out"),
        hook_attn_out=("self_attention.dense", "out"), hook_resid_mid=("post_attention_layernorm", "in"),
        ln2__hook_normalized=("post_attention_layernorm", "out"),
        mlp__hook_pre=("mlp.dense_h_to_4h", "out"), mlp__hook_post=("mlp.dense_4h_to_h", "in"),
        hook_mlp_out=("mlp.dense_4h_to_h", "out"), hook_resid_post=("", "out")),
    output="h.{l}.self_attention.dense")

LLAMA = Family(TAPS["llama"], output="layers.{l}.self_attn.o_proj", rotary=True)
QWEN3 = replace(LLAMA, points=LLAMA.points | places(
    "layers", attn__q_norm__hook_normalized=("self_attn.q_norm", "out"),
    attn__k_norm__hook_normalized=("self_attn.k_norm", "out")))
OLMO2 = replace(QWEN3, points=without(QWEN3.points, "ln1.hook_normalized", "ln2.hook_normalized") | places(
    "layers", ln1_post__hook_input=("self_attn.o_proj", "out"),
    hook_attn_out=("post_attention_layernorm", "out"), hook_resid_mid=("mlp.gate_proj", "in"),
    ln2_post__hook_input=("mlp.down_proj", "out"), hook_mlp_out=("post_feedforward_layernorm", "out")))
GEMMA2 = replace(LLAMA, points=LLAMA.points | places(
    "layers", ln1_post__hook_input=("self_attn.o_proj", "out"),
    hook_attn_out=("post_attention_layernorm", "out"), hook_resid_mid=("pre_feedforward_layernorm", "in"),
    ln2__hook_normalized=("pre_feedforward_layernorm", "out"),
    ln2_post__hook_input=("mlp.down_proj", "out"), hook_mlp_out=("post_feedforward_layernorm", "out")))
PHI = Family(
    without(LLAMA.points, "hook_resid_mid", "ln2.hook_normalized", "hook_pre_linear") | places(
        "layers", hook_attn_out=("self_attn.dense", "out"), mlp__hook_pre=("mlp.fc1", "out"),
        mlp__hook_post=("mlp.fc2", "in"), hook_mlp_out=("mlp.fc2", "out"))
    | {"ln_final.hook_normalized": ("final_layernorm", "out")},
    order="parallel", output="layers.{l}.self_attn.dense", rotary=True)
PHI_QK = replace(PHI, points=PHI.points | places(
    "layers", attn__q_norm__hook_normalized=("self_attn.q_layernorm", "heads"),
    attn__k_norm__hook_normalized=("self_attn.k_layernorm", "heads")))
PHI3 = replace(LLAMA, points=without(LLAMA.points, "attn.hook_q", "attn.hook_k") | places(
    "layers", mlp__hook_pre=("mlp.gate_up_proj", "left"), mlp__hook_pre_linear=("mlp.gate_up_proj", "right")))

OPT_BLOCK = places(
    "decoder.layers", hook_resid_pre=("", "in"), attn__hook_q=("self_attn.q_proj", "out"),
    attn__hook_k=("self_attn.k_proj", "out"), hook_attn_out=("self_attn.out_proj", "out"),
    ln1__hook_normalized=("self_attn_layer_norm", "out"), ln2__hook_normalized=("final_layer_norm", "out"),
    mlp__hook_pre=("fc1", "out"), mlp__hook_post=("fc2", "in"), hook_mlp_out=("fc2", "out"),
    hook_resid_post=("", "out"))
OPT = Family(
    OPT_BLOCK | places("decoder.layers", hook_resid_mid=("final_layer_norm", "in")) | {
        "hook_embed": ("decoder.embed_tokens", "out"), "hook_pos_embed": ("decoder.embed_positions", "out"),
        "ln_final.hook_normalized": ("decoder.final_layer_norm", "out")},
    output="decoder.layers.{l}.self_attn.out_proj")
OPT_POSTNORM = replace(OPT, order="postnorm", points=OPT_BLOCK | places(
    "decoder.layers", hook_resid_mid=("fc1", "in")) | {
        "hook_embed": ("decoder.project_in", "out"), "hook_pos_embed": ("decoder.embed_positions", "out")})

BERT = Family(
    TAPS["bert"] | places("encoder.layer", attn__hook_q=("attention.self.query", "out"),
                          attn__hook_k=("attention.self.key", "out")),
    order="postnorm", output="encoder.layer.{l}.attention.output.dense", causal=False)
ROBERTA = replace(BERT, head=("lm_head.dense", "lm_head.layer_norm"))
DISTILBERT = Family(
    {"hook_embed": ("embeddings.word_embeddings", "out"),
     "hook_pos_embed": ("embeddings.position_embeddings", "out")} | places(
        "transformer.layer", hook_resid_pre=("", "in"), attn__hook_q=("attention.q_lin", "out"),
        attn__hook_k=("attention.k_lin", "out"), hook_attn_out=("attention.out_lin", "out"),
        ln1__hook_normalized=("sa_layer_norm", "out"), hook_resid_mid=("ffn.lin1", "in"),
        mlp__hook_pre=("ffn.lin1", "out"), mlp__hook_post=("ffn.lin2", "in"),
        hook_mlp_out=("ffn.lin2", "out"),
        ln2__hook_normalized=("output_layer_norm", "out"), hook_resid_post=("", "out")),
    order="postnorm", output="transformer.layer.{l}.attention.out_lin", causal=False,
    head=("vocab_transform", "vocab_layer_norm"))
T5 = Family(
    {"hook_embed": ("encoder.embed_tokens", "out"),
     "ln_final.hook_normalized": ("encoder.final_layer_norm", "out")} | places(
        "encoder.block", hook_resid_pre=("", "in"), ln1__hook_normalized=("layer.0.layer_norm", "out"),
        attn__hook_q=("layer.0.SelfAttention.q", "out"), attn__hook_k=("layer.0.SelfAttention.k", "out"),
        hook_attn_out=("layer.0.SelfAttention.o", "out"), hook_resid_mid=("layer.1.layer_norm", "in"),
        ln2__hook_normalized=("layer.1.layer_norm", "out"),
        mlp__hook_pre=("layer.1.DenseReluDense.wi", "out"),
        mlp__hook_post=("layer.1.DenseReluDense.wo", "in"), hook_mlp_out=("layer.1.DenseReluDense.wo", "out"),
        hook_resid_post=("", "out")),
    output="encoder.block.{l}.layer.0.SelfAttention.o", causal=False)
T5_GATED = replace(T5, points=T5.points | places(
    "encoder.block", mlp__hook_pre=("layer.1.DenseReluDense.wi_0", "out"),
    mlp__hook_pre_linear=("layer.1.DenseReluDense.wi_1", "out")))
