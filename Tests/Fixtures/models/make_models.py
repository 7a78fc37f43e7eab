"""Writes the tiny random-weight checkpoints of this folder and their reference activations.

Usage: python make_models.py [NAME…]     (torch, transformers, safetensors, gguf, tokenizers; see README.md)

With names, only those folders of the tables in *_models.py.
"""

import sys

import torch
# First: it puts the folder above on the path.
from fixture_writer import (BRIEF, HERE, LOUD_EPS, old_config, randomize, references, save_reference, write,
                            write_fixture)

from encoder_models import ENCODERS
from gguf_families import GGUFS, write_gguf_family
from gguf_models import write_gguf_models
from gpt_models import GPTS
from llama_models import LLAMAS
from pickle_models import write_pickle_models
from probe_models import write_probe_models
from transformers import (BertConfig, BertForMaskedLM, BertModel, GPT2Config, GPT2LMHeadModel, LlamaConfig,
                          LlamaForCausalLM)

LLAMA = dict(vocab_size=96, hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1,
             eos_token_id=2, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
             tie_word_embeddings=True)
GPT2 = dict(vocab_size=96, n_embd=32, n_layer=3, n_head=4, n_inner=80, n_positions=64, bos_token_id=1,
            eos_token_id=2)
BERT = dict(vocab_size=96, hidden_size=32, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=64, type_vocab_size=2, pad_token_id=0)


def main(names):
    torch.set_num_threads(1)
    if not names:
        write_complete_ones()
    for name, make in (GPTS | LLAMAS | ENCODERS).items():
        if not names or name in names:
            write_fixture(name, make())
    for name, make in GGUFS.items():
        if not names or name in names:
            write_gguf_family(name, *make())


def write_complete_ones():
    """The three kinds of which every point is stored, and their variants."""
    gqa = randomize(LlamaForCausalLM(LlamaConfig(**LLAMA)), seed=1)
    write("llama-gqa", gqa)
    write("llama-mha", llama_mha(), edit=old_config)
    write("llama-bf16", gqa, dtype=torch.bfloat16, points=BRIEF)
    write("llama-f16", gqa, dtype=torch.float16, points=BRIEF)
    write("llama-sharded", gqa, shard="40KB", points=BRIEF)
    gpt2 = randomize(GPT2LMHeadModel(GPT2Config(**GPT2, layer_norm_epsilon=LOUD_EPS)), seed=3)
    write("gpt2", gpt2)
    bert = randomize(BertModel(BertConfig(**BERT, layer_norm_eps=LOUD_EPS)), seed=4)
    write("bert", bert)

    # Small ones for the names alone: `llama-gqa` and `gpt2` carry the base-model prefix, `bert` does not.
    small = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=1)
    bare = randomize(LlamaForCausalLM(LlamaConfig(**LLAMA | small)), seed=5)
    write("llama-bare", bare, saved=bare.model, points=BRIEF)
    bare = randomize(GPT2LMHeadModel(GPT2Config(**GPT2 | dict(n_embd=16, n_layer=1, n_inner=None))), seed=6)
    write("gpt2-bare", bare, saved=bare.transformer, points=BRIEF)
    write("bert-mlm", randomize(BertForMaskedLM(BertConfig(**BERT | small)), seed=7), points=BRIEF)
    write_gguf_models(HERE, gqa, randomize, references, save_reference, BRIEF)
    torch.manual_seed(0)  # One matrix of the pickles is drawn from the global generator.
    pickled = randomize(LlamaForCausalLM(LlamaConfig(**LLAMA | small)), seed=9)
    write_pickle_models(HERE, pickled, references, save_reference, BRIEF)
    write_probe_models(HERE)


def llama_mha():
    """No GQA, an untied head, another rotary base, and heads wider than dModel / nHeads."""
    change = dict(num_hidden_layers=2, num_key_value_heads=4, head_dim=12, tie_word_embeddings=False,
                  rms_norm_eps=LOUD_EPS, rope_parameters={"rope_type": "default", "rope_theta": 500.0})
    return randomize(LlamaForCausalLM(LlamaConfig(**LLAMA | change)), seed=2)


if __name__ == "__main__":
    main(sys.argv[1:])
