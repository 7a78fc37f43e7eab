"""Tiny models of every family that is read from GGUF, in files as llama.cpp's converter writes them.

The activations are those of the Hugging Face model with the weights read back from the file.
"""

import zlib
from dataclasses import replace

import block_taps
import family_taps as taps
import torch
from fixture_writer import (BRIEF, HERE, LENGTHS, LONG, LOUD_EPS, Fixture, assert_matters, randomize,
                            save_reference, token_ids)
from gguf import GGMLQuantizationType as T
from gguf_layouts import (GEMMA2, GPT2, LLAMA, NEOX, PHI3, QWEN2, QWEN3, frequency_divisors, read_file, write_file)
from transformers import (Gemma2Config, Gemma2ForCausalLM, GPT2Config, GPT2LMHeadModel, GPTNeoXConfig,
                          GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM, Phi3Config, Phi3ForCausalLM,
                          Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

THETA = 100.0
TRAINED = 16
QUIET = 1e-6
COMMON = dict(vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
              num_key_value_heads=1, max_position_embeddings=64, rms_norm_eps=LOUD_EPS, bos_token_id=1,
              eos_token_id=2, pad_token_id=0, tie_word_embeddings=False,
              rope_parameters=dict(rope_type="default", rope_theta=THETA))


def write_gguf_family(name, fixture, layout):
    """`model.gguf`, and the activations of what stands in it."""
    folder, seed = HERE / name, zlib.crc32(name.encode())
    folder.mkdir(exist_ok=True)
    model = randomize(fixture.model, seed, fixture.sharpen, fixture.gain)
    write_file(folder / "model.gguf", model, layout)
    loaded = read_file(folder / "model.gguf", model, layout)
    if layout.type_of("") == T.F32:
        for key, value in loaded.state_dict().items():
            torch.testing.assert_close(value, model.state_dict()[key], rtol=0, atol=2e-7)
    tensors = {}
    for number, ids in enumerate(token_ids(model.config.vocab_size, LENGTHS + (LONG,), seed, None)):
        tensors[f"seq{number}.ids"] = torch.tensor(ids, dtype=torch.int32)
        for hook, value in block_taps.record(loaded, ids, fixture.family).items():
            if len(ids) == 5 or hook.endswith(BRIEF):
                tensors[f"seq{number}/{hook}"] = value
    assert_matters(loaded, fixture.matters, ids)
    save_reference(folder / "reference.safetensors", tensors)


def llama_scaled(name, **parameters):
    """Heads of 16, so that every branch of the scaling has a pair."""
    rope = dict(rope_type=name, rope_theta=THETA, factor=4.0, **parameters)
    config = LlamaConfig(**COMMON | dict(head_dim=16, rope_parameters=rope), attention_bias=name == "llama3")
    return Fixture(LlamaForCausalLM(config), taps.LLAMA, matters=dict(
        rms_norm_eps=QUIET, rope_parameters=dict(rope_type="default", rope_theta=THETA)))


def llama_rope_freqs():
    """With biases on q, k, v and o, whose rows are turned as well."""
    return llama_scaled("llama3", low_freq_factor=1.0, high_freq_factor=2.0,
                        original_max_position_embeddings=TRAINED), replace(LLAMA, extra=frequency_divisors)


def qwen2_yarn():
    """Betas that move both ends of the ramp to other pairs than the default ones."""
    rope = dict(rope_type="yarn", rope_theta=THETA, factor=4.0, original_max_position_embeddings=TRAINED,
                beta_fast=1.0, beta_slow=0.25)
    config = Qwen2Config(**COMMON | dict(hidden_size=32, tie_word_embeddings=True, rope_parameters=rope))
    return Fixture(Qwen2ForCausalLM(config), taps.LLAMA, matters=dict(
        rms_norm_eps=QUIET, rope_parameters=rope | dict(beta_fast=32.0))), QWEN2


def qwen3():
    """Heads wider than dModel / nHeads."""
    config = Qwen3Config(**COMMON | dict(head_dim=12))
    return Fixture(Qwen3ForCausalLM(config), taps.QWEN3, matters=dict(rms_norm_eps=QUIET)), QWEN3


def gemma2():
    """The longest sequence is longer than the window."""
    config = Gemma2Config(**COMMON | dict(head_dim=6, tie_word_embeddings=True, rope_parameters=dict(
        rope_type="default", rope_theta=10000.0)), query_pre_attn_scalar=6, attn_logit_softcapping=1.5,
        final_logit_softcapping=2.0, sliding_window=8)
    return Fixture(Gemma2ForCausalLM(config), taps.GEMMA2, gain=0.0, matters=dict(
        attn_logit_softcapping=None, final_logit_softcapping=None, sliding_window=9, rms_norm_eps=1e-9)), GEMMA2


def phi3_longrope():
    """Six of eight pairs turn; a window; matrices in Q8_0 and F16."""
    rope = dict(rope_type="longrope", rope_theta=THETA, partial_rotary_factor=0.75,
                original_max_position_embeddings=TRAINED,
                short_factor=[1.0, 1.05, 1.1, 1.2, 1.4, 1.8], long_factor=[1.0, 1.5, 2.5, 4.0, 6.0, 9.0])
    config = Phi3Config(**COMMON | dict(hidden_size=32, num_key_value_heads=2, rope_parameters=rope),
                        original_max_position_embeddings=TRAINED, sliding_window=12)
    return Fixture(Phi3ForCausalLM(config), taps.PHI3, matters=dict(
        sliding_window=13, rms_norm_eps=QUIET, original_max_position_embeddings=48)), PHI3


def gpt2():
    config = GPT2Config(vocab_size=64, n_embd=24, n_layer=2, n_head=3, n_positions=48, bos_token_id=1,
                        eos_token_id=2, layer_norm_epsilon=LOUD_EPS)
    return Fixture(GPT2LMHeadModel(config), taps.GPT2, matters=dict(layer_norm_epsilon=QUIET)), GPT2


def gpt_neox(**change):
    config = GPTNeoXConfig(**dict(
        vocab_size=64, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=64, bos_token_id=1, eos_token_id=2, layer_norm_eps=LOUD_EPS) | change)
    family = taps.NEOX if config.use_parallel_residual else taps.NEOX_SERIAL
    return Fixture(GPTNeoXForCausalLM(config), family, matters=dict(
        layer_norm_eps=QUIET, use_parallel_residual=not config.use_parallel_residual)), NEOX


GGUFS = {
    "llama-gguf-rope-freqs": llama_rope_freqs, "llama-gguf-linear": lambda: (llama_scaled("linear"), LLAMA),
    "qwen2-gguf-yarn": qwen2_yarn, "qwen3-gguf": qwen3, "gemma2-gguf": gemma2, "phi3-gguf-longrope": phi3_longrope,
    "gpt2-gguf": gpt2, "gpt-neox-gguf": gpt_neox,
    "gpt-neox-gguf-serial": lambda: gpt_neox(use_parallel_residual=False),
}
