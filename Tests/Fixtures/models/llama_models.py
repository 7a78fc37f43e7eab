"""Tiny models of the Llama line: rotary scalings, windows, query and key norms, soft caps, fused matrices."""

import family_taps as taps
from fixture_writer import LOUD_EPS, Fixture, old_config
from transformers import (Gemma2Config, Gemma2ForCausalLM, GemmaConfig, GemmaForCausalLM, LlamaConfig,
                          LlamaForCausalLM, MistralConfig, MistralForCausalLM, Olmo2Config, Olmo2ForCausalLM,
                          OlmoConfig, OlmoForCausalLM, Phi3Config, Phi3ForCausalLM, Qwen2Config, Qwen2ForCausalLM,
                          Qwen3Config, Qwen3ForCausalLM)

COMMON = dict(vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0,
              rope_parameters=dict(rope_type="default", rope_theta=100.0))
SMALL = COMMON | dict(rms_norm_eps=LOUD_EPS)
QUIET = 1e-6
# A low base: within 40 positions every pair of a head turns far enough to be seen.
THETA = 100.0
TRAINED = 16


def llama_rope(name, positions=64, old=False, **parameters):
    """Heads of 16, so that every branch of the scaling has a pair."""
    config = LlamaConfig(**SMALL | dict(
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, max_position_embeddings=positions,
        rope_parameters=dict(rope_type=name, rope_theta=THETA, **parameters)))
    return Fixture(LlamaForCausalLM(config), taps.LLAMA, long=True, edit=old and old_spelling,
                   matters=dict(rope_parameters=dict(rope_type="default", rope_theta=THETA)))


def old_spelling(config):
    """`rope_theta` and `rope_scaling` beside each other, as Llama 3.1's and Phi-3's own configs have them."""
    kind = config["rope_parameters"]["rope_type"]
    old_config(config)
    config["rope_scaling"]["rope_type" if kind == "llama3" else "type"] = kind


def llama3(old=False):
    return llama_rope("llama3", old=old, factor=4.0, low_freq_factor=1.0, high_freq_factor=2.0,
                      original_max_position_embeddings=TRAINED)


def yarn(**parameters):
    return llama_rope("yarn", factor=4.0, original_max_position_embeddings=TRAINED, **parameters)


def llama_biases():
    config = LlamaConfig(**SMALL | dict(head_dim=6), attention_bias=True, mlp_bias=True)
    return Fixture(LlamaForCausalLM(config), taps.LLAMA, matters=dict(rms_norm_eps=QUIET))


def mistral():
    config = MistralConfig(**SMALL | dict(head_dim=6), sliding_window=8)
    return Fixture(MistralForCausalLM(config), taps.LLAMA, long="pattern", edit=old_config,
                   matters=dict(sliding_window=9, rms_norm_eps=QUIET))


def qwen2():
    """A window that `use_sliding_window` switches off, as published configs have it."""
    config = Qwen2Config(**SMALL | dict(tie_word_embeddings=True))
    return Fixture(Qwen2ForCausalLM(config), taps.LLAMA, long=True, edit=unused_window,
                   matters=dict(rms_norm_eps=QUIET))


def unused_window(config):
    del config["layer_types"]
    config |= dict(use_sliding_window=False, sliding_window=8, max_window_layers=1)
    old_config(config)


def qwen2_window():
    """`layer_types` says otherwise than `max_window_layers`, and wins."""
    config = Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=8, max_window_layers=1,
                         layer_types=["sliding_attention", "full_attention"])
    return Fixture(Qwen2ForCausalLM(config), taps.LLAMA, long="pattern",
                   matters=dict(sliding_window=9, layer_types=None))


def qwen3():
    """Heads wider than dModel / nHeads; the second block has a window by `max_window_layers` alone."""
    config = Qwen3Config(**SMALL | dict(head_dim=6), use_sliding_window=True, sliding_window=8,
                         max_window_layers=1, attention_bias=True)
    return Fixture(Qwen3ForCausalLM(config), taps.QWEN3, long="pattern",
                   edit=lambda config: config.pop("layer_types"),
                   matters=dict(sliding_window=9, rms_norm_eps=QUIET))


def olmo():
    config = OlmoConfig(**COMMON, clip_qkv=1.0)
    return Fixture(OlmoForCausalLM(config), taps.LLAMA, matters=dict(clip_qkv=None))


def olmo2():
    return Fixture(Olmo2ForCausalLM(Olmo2Config(**SMALL)), taps.OLMO2, matters=dict(rms_norm_eps=QUIET))


def gemma():
    config = GemmaConfig(**SMALL | dict(head_dim=6))
    return Fixture(GemmaForCausalLM(config), taps.LLAMA, gain=0.0, edit=lambda config: config.update(hidden_act="gelu"),
                   matters=dict(rms_norm_eps=1e-9, hidden_act="relu"))


def gemma2():
    """The windows alternate because nothing in the config says how."""
    config = Gemma2Config(**SMALL | dict(head_dim=6), query_pre_attn_scalar=10, attn_logit_softcapping=1.5,
                          final_logit_softcapping=2.0, sliding_window=8)
    return Fixture(Gemma2ForCausalLM(config), taps.GEMMA2, gain=0.0, long="pattern",
                   edit=lambda config: config.pop("layer_types"),
                   matters=dict(attn_logit_softcapping=None, final_logit_softcapping=None, sliding_window=9,
                                query_pre_attn_scalar=6, rms_norm_eps=1e-9))


def phi3():
    rope = dict(rope_type="default", rope_theta=THETA, partial_rotary_factor=0.5)
    config = Phi3Config(**SMALL | dict(num_attention_heads=2, num_key_value_heads=1, rope_parameters=rope),
                        sliding_window=8)
    return Fixture(Phi3ForCausalLM(config), taps.PHI3, long="pattern",
                   matters=dict(sliding_window=9, rms_norm_eps=QUIET))


def phi3_longrope():
    """Six of eight pairs turn; short factors up to 16 positions, long ones beyond."""
    rope = dict(rope_type="longrope", rope_theta=THETA, partial_rotary_factor=0.75,
                short_factor=[1.0, 1.05, 1.1, 1.2, 1.4, 1.8], long_factor=[1.0, 1.5, 2.5, 4.0, 6.0, 9.0])
    config = Phi3Config(**SMALL | dict(num_attention_heads=2, num_key_value_heads=2, hidden_size=32,
                                       rope_parameters=rope), original_max_position_embeddings=TRAINED)
    return Fixture(Phi3ForCausalLM(config), taps.PHI3, long=True, edit=old_longrope,
                   matters=dict(original_max_position_embeddings=48, max_position_embeddings=128))


def old_longrope(config):
    old_spelling(config)
    scaling = config["rope_scaling"]
    del scaling["original_max_position_embeddings"]
    config["partial_rotary_factor"] = scaling.pop("partial_rotary_factor")


LLAMAS = {
    "llama-rope-linear": lambda: llama_rope("linear", factor=4.0),
    "llama-rope-dynamic": lambda: llama_rope("dynamic", positions=TRAINED, factor=3.0),
    "llama-rope-llama3": llama3,
    "llama-rope-llama3-old": lambda: llama3(old=True),
    "llama-rope-yarn": yarn,
    "llama-rope-yarn-mscale": lambda: yarn(mscale=0.8, mscale_all_dim=0.4, beta_fast=2.0, beta_slow=0.1,
                                           truncate=False),
    "llama-rope-yarn-factor": lambda: yarn(attention_factor=1.3, beta_fast=2.0, beta_slow=0.1),
    "llama-biases": llama_biases, "mistral": mistral, "qwen2": qwen2, "qwen2-window": qwen2_window,
    "qwen3": qwen3, "olmo": olmo, "olmo2": olmo2, "gemma": gemma, "gemma2": gemma2, "phi3": phi3,
    "phi3-longrope": phi3_longrope,
}
