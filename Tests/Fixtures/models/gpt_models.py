"""Tiny models of the GPT-2 line and its relatives: learned positions, parallel blocks, ALiBi."""

import family_taps as taps
from fixture_writer import LOUD_EPS, Fixture
from transformers import (BloomConfig, BloomForCausalLM, CodeGenConfig, CodeGenForCausalLM, GPT2Config,
                          GPT2LMHeadModel, GPTJConfig, GPTJForCausalLM, GPTNeoConfig, GPTNeoForCausalLM,
                          GPTNeoXConfig, GPTNeoXForCausalLM, OPTConfig, OPTForCausalLM, PhiConfig,
                          PhiForCausalLM)

TOKENS = dict(vocab_size=64, bos_token_id=1, eos_token_id=2)
GPT2 = dict(**TOKENS, n_embd=24, n_layer=2, n_head=3, n_positions=48, layer_norm_epsilon=LOUD_EPS)
NEOX = dict(**TOKENS, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=64, layer_norm_eps=LOUD_EPS)
OPT = dict(**TOKENS, pad_token_id=1, hidden_size=24, ffn_dim=40, num_hidden_layers=2, num_attention_heads=3,
           max_position_embeddings=48)
PHI = dict(**TOKENS, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2,
           max_position_embeddings=64, layer_norm_eps=LOUD_EPS)
QUIET = 1e-5


def gpt2_inverse():
    config = GPT2Config(**GPT2 | dict(n_layer=3, n_inner=40), scale_attn_by_inverse_layer_idx=True,
                        tie_word_embeddings=False)
    return Fixture(GPT2LMHeadModel(config), taps.GPT2,
                   matters=dict(scale_attn_by_inverse_layer_idx=False, layer_norm_epsilon=QUIET))


def gpt2_unscaled():
    config = GPT2Config(**GPT2, scale_attn_weights=False, activation_function="gelu")
    return Fixture(GPT2LMHeadModel(config), taps.GPT2,
                   matters=dict(scale_attn_weights=True, activation_function="relu"))


def gpt_neo():
    config = GPTNeoConfig(**TOKENS, hidden_size=16, num_layers=3, num_heads=2, intermediate_size=24,
                          window_size=8, attention_types=[[["global", "local"], 1], [["local"], 1]],
                          max_position_embeddings=48, layer_norm_epsilon=LOUD_EPS)
    return Fixture(GPTNeoForCausalLM(config), taps.GPT_NEO, long="pattern", sharpen=1.0,
                   matters=dict(window_size=9, layer_norm_epsilon=QUIET))


def gpt_neox():
    return Fixture(GPTNeoXForCausalLM(GPTNeoXConfig(**NEOX)), taps.NEOX,
                   matters=dict(use_parallel_residual=False, layer_norm_eps=QUIET,
                                rope_parameters=dict(rope_theta=10000.0, partial_rotary_factor=0.5)))


def gpt_neox_serial():
    rope = dict(rope_type="default", rope_theta=500.0, partial_rotary_factor=0.5)
    config = GPTNeoXConfig(**NEOX, use_parallel_residual=False, attention_bias=False,
                           tie_word_embeddings=True, rope_parameters=rope)
    return Fixture(GPTNeoXForCausalLM(config), taps.NEOX_SERIAL, edit=old_neox,
                   matters=dict(use_parallel_residual=True))


def old_neox(config):
    """As Pythia's own configs spell it."""
    rope = config.pop("rope_parameters")
    config["rotary_emb_base"], config["rotary_pct"] = rope["rope_theta"], rope["partial_rotary_factor"]
    config["rope_scaling"] = None
    config["torch_dtype"] = config.pop("dtype")


def gptj():
    config = GPTJConfig(**TOKENS, n_embd=24, n_layer=2, n_head=2, n_inner=40, n_positions=48, rotary_dim=8,
                        layer_norm_epsilon=LOUD_EPS)
    return Fixture(GPTJForCausalLM(config), taps.GPTJ, matters=dict(rotary_dim=4, layer_norm_epsilon=QUIET))


def codegen():
    """Two heads in each of the four parts of the fused projection."""
    config = CodeGenConfig(**TOKENS, n_embd=32, n_layer=2, n_head=8, n_inner=40, n_positions=48, rotary_dim=2,
                           layer_norm_epsilon=LOUD_EPS)
    return Fixture(CodeGenForCausalLM(config), taps.CODEGEN,
                   matters=dict(rotary_dim=4, layer_norm_epsilon=QUIET))


def bloom():
    """Six heads: slopes of two series."""
    config = BloomConfig(**TOKENS, hidden_size=24, n_layer=2, n_head=6, layer_norm_epsilon=LOUD_EPS)
    return Fixture(BloomForCausalLM(config), taps.BLOOM, long=True, matters=dict(layer_norm_epsilon=QUIET))


def opt():
    return Fixture(OPTForCausalLM(OPTConfig(**OPT)), taps.OPT, matters=dict(do_layer_norm_before=False))


def opt_postnorm():
    config = OPTConfig(**OPT, do_layer_norm_before=False, word_embed_proj_dim=16)
    return Fixture(OPTForCausalLM(config), taps.OPT_POSTNORM, matters=dict(do_layer_norm_before=True))


def opt_plain():
    """No bias, no gain, another activation; without the prefix, as the base model saves it."""
    config = OPTConfig(**OPT, enable_bias=False, layer_norm_elementwise_affine=False,
                       activation_function="gelu")
    return Fixture(OPTForCausalLM(config), taps.OPT, saved=lambda model: model.model,
                   matters=dict(activation_function="relu"))


def phi():
    return Fixture(PhiForCausalLM(PhiConfig(**PHI)), taps.PHI, matters=dict(layer_norm_eps=QUIET))


def phi_qk_layernorm():
    rope = dict(rope_type="default", rope_theta=500.0, partial_rotary_factor=0.25)
    config = PhiConfig(**PHI | dict(num_attention_heads=4, num_key_value_heads=2), qk_layernorm=True,
                       rope_parameters=rope)
    return Fixture(PhiForCausalLM(config), taps.PHI_QK, edit=old_phi,
                   matters=dict(qk_layernorm=False, layer_norm_eps=QUIET))


def old_phi(config):
    rope = config.pop("rope_parameters")
    config["rope_theta"], config["partial_rotary_factor"] = rope["rope_theta"], rope["partial_rotary_factor"]
    config["rope_scaling"] = None
    config["torch_dtype"] = config.pop("dtype")


GPTS = {
    "gpt2-inverse": gpt2_inverse, "gpt2-unscaled": gpt2_unscaled, "gpt-neo": gpt_neo, "gpt-neox": gpt_neox,
    "gpt-neox-serial": gpt_neox_serial, "gptj": gptj, "codegen": codegen, "bloom": bloom, "opt": opt,
    "opt-postnorm": opt_postnorm, "opt-plain": opt_plain, "phi": phi, "phi-qk-layernorm": phi_qk_layernorm,
}
