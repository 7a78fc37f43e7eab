"""How llama.cpp's converter writes the families of gguf_families.py: keys, names, and what it turns or adds."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as T
from gguf import MODEL_ARCH as ARCH
from gguf_models import deinterleave, interleave


@dataclass
class Layout:
    """How a family's checkpoint looks in GGUF."""

    arch: ARCH
    metadata: Callable
    # (end of the Hugging Face name, into the file's order, back).
    turns: tuple = ()
    # Tensors that the configuration gives: {name: values}.
    extra: Callable = lambda config: {}
    type_of: Callable = lambda name: T.F32


def write_file(path, model, layout):
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[layout.arch])
    writer.add_name("tiny random model")
    layout.metadata(writer, model.config)
    for name, values in layout.extra(model.config).items():
        writer.add_tensor(name, numpy.array(values, dtype=numpy.float32))
    for name, stored in file_names(model, layout).items():
        values = turned(name, model.state_dict()[name].numpy(), layout, model.config, 0)
        kind = T.F32 if values.ndim == 1 else layout.type_of(stored)
        writer.add_tensor(stored, gguf.quantize(numpy.ascontiguousarray(values), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_file(path, model, layout):
    stored = {t.name: gguf.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(path).tensors}
    state = {}
    for name, place in file_names(model, layout).items():
        state[name] = torch.tensor(turned(name, stored[place], layout, model.config, 1).copy())
    loaded = type(model)._from_config(model.config, attn_implementation="eager")
    missing, unexpected = loaded.load_state_dict(state, strict=False)
    assert not unexpected and all(tied(name, model) for name in missing), missing
    loaded.tie_weights()
    return loaded.eval()


def file_names(model, layout):
    """{name of the parameter: name in the file}, by the gguf package's own table."""
    table = gguf.get_tensor_name_map(layout.arch, model.config.num_hidden_layers)
    return {name: table.get_name(name.replace("lm_head", "embed_out") if layout.arch == ARCH.GPTNEOX else name,
                                 try_suffixes=(".weight", ".bias"))
            for name in model.state_dict() if not tied(name, model)}


def tied(name, model):
    return name == "lm_head.weight" and model.config.tie_word_embeddings


def turned(name, values, layout, config, direction):
    for end, *both in layout.turns:
        if name.endswith(end):
            values = both[direction](values, config)
    return values


def basics(writer, config):
    """What every file has."""
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def llama_keys(writer, config):
    basics(writer, config)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if getattr(config, "head_dim", None):
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)


def rotary_keys(writer, config):
    llama_keys(writer, config)
    rope = config.rope_parameters
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope["rope_type"] in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
        writer.add_rope_scaling_yarn_beta_slow(rope["beta_slow"])


def llama_metadata(writer, config):
    rotary_keys(writer, config)
    writer.add_vocab_size(config.vocab_size)
    writer.add_rope_dimension_count(config.head_dim)


def gemma2_metadata(writer, config):
    """No scale of the scores: a reader takes it from the width of a head."""
    assert config.query_pre_attn_scalar == config.head_dim
    llama_keys(writer, config)
    writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
    writer.add_final_logit_softcapping(config.final_logit_softcapping)
    writer.add_sliding_window(config.sliding_window)


def rotary_width(config):
    fraction = config.rope_parameters["partial_rotary_factor"]
    return int(fraction * config.hidden_size) // config.num_attention_heads


def phi3_metadata(writer, config):
    llama_keys(writer, config)
    original = config.rope_parameters["original_max_position_embeddings"]
    writer.add_rope_scaling_orig_ctx_len(original)
    writer.add_rope_dimension_count(rotary_width(config))
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_sliding_window(config.sliding_window or 0)
    stretch = config.max_position_embeddings / original
    writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(stretch) / math.log(original)))


def gpt2_metadata(writer, config):
    basics(writer, config)
    writer.add_feed_forward_length(4 * config.n_embd)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)


def neox_metadata(writer, config):
    basics(writer, config)
    fraction = config.rope_parameters["partial_rotary_factor"]
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_rope_dimension_count(int(fraction * (config.hidden_size // config.num_attention_heads)))
    writer.add_parallel_residual(config.use_parallel_residual)
    writer.add_layer_norm_eps(config.layer_norm_eps)


def neighbours(end, heads):
    """Rotary pairs become neighbours."""
    def turn(values, config, move):
        return move(values.reshape(len(values), -1), getattr(config, heads)).reshape(values.shape)

    return (end, lambda values, config: turn(values, config, interleave),
            lambda values, config: turn(values, config, deinterleave))


def by_part(values, config):
    """q, k, v of every head -> q of all heads, k of all, v of all."""
    return values.reshape(config.num_attention_heads, 3, -1).swapaxes(0, 1).reshape(values.shape)


def by_head(values, config):
    return values.reshape(3, config.num_attention_heads, -1).swapaxes(0, 1).reshape(values.shape)


def transposed(values, config):
    return values.T


def frequency_divisors(config):
    """Of Llama 3's scaling, one for each pair."""
    rope, dim = config.rope_parameters, config.head_dim
    low, high, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["factor"]
    divisors = []
    for pair in range(dim // 2):
        turns = rope["original_max_position_embeddings"] * rope["rope_theta"] ** (-2 * pair / dim) / (2 * math.pi)
        blend = min(1, max(0, (turns - low) / (high - low)))
        divisors.append(1 / ((1 - blend) / factor + blend))
    assert len({divisor for divisor in divisors if 1 < divisor < factor}) and {1.0, factor} <= set(divisors)
    return {"rope_freqs.weight": divisors}


def longrope_divisors(config):
    rope = config.rope_parameters
    return {f"rope_factors_{which}.weight": rope[f"{which}_factor"] for which in ("long", "short")}


LLAMA = Layout(ARCH.LLAMA, llama_metadata, turns=tuple(
    neighbours(f"{part}_proj.{kind}", heads) for kind in ("weight", "bias")
    for part, heads in (("q", "num_attention_heads"), ("k", "num_key_value_heads"))))
QWEN2, QWEN3 = Layout(ARCH.QWEN2, rotary_keys), Layout(ARCH.QWEN3, rotary_keys)
GEMMA2 = Layout(ARCH.GEMMA2, gemma2_metadata, turns=(
    ("norm.weight", lambda values, config: values + 1, lambda values, config: values - 1),))
PHI3 = Layout(ARCH.PHI3, phi3_metadata, extra=longrope_divisors,
              type_of=lambda name: T.F16 if "ffn_down" in name or "output" in name else T.Q8_0)
GPT2 = Layout(ARCH.GPT2, gpt2_metadata, turns=tuple(
    (f"{part}.weight", transposed, transposed) for part in ("c_attn", "c_proj", "c_fc")))
NEOX = Layout(ARCH.GPTNEOX, neox_metadata, turns=tuple(
    (f"query_key_value.{kind}", by_part, by_head) for kind in ("weight", "bias")))
