"""Writes the tiny random-weight checkpoints of this folder and their reference activations.

Usage: python make_models.py        (torch, transformers, safetensors, gguf, tokenizers; see README.md)
"""

import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file
from transformers import (BertConfig, BertForMaskedLM, BertModel, GPT2Config, GPT2LMHeadModel, GPT2Model,
                          LlamaConfig, LlamaForCausalLM, LlamaModel)

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from gguf_models import write_gguf_models  # noqa: E402
from reference_taps import record  # noqa: E402

LENGTHS = (1, 2, 5, 11)
# What a variant of an already covered architecture stores: enough to tell that the same weights were read.
BRIEF = ("hook_embed", "hook_resid_post", "ln_final.hook_normalized", "logits")

LLAMA = dict(vocab_size=96, hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1,
             eos_token_id=2, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
             tie_word_embeddings=True)
GPT2 = dict(vocab_size=96, n_embd=32, n_layer=3, n_head=4, n_inner=80, n_positions=64, bos_token_id=1,
            eos_token_id=2)
BERT = dict(vocab_size=96, hidden_size=32, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=64, type_vocab_size=2, pad_token_id=0)
# An eps of 1e-2 changes values in the third digit: a reader that ignores the config's eps is caught.
LOUD_EPS = 1e-2


def main():
    torch.set_num_threads(1)
    gqa = randomize(LlamaForCausalLM(LlamaConfig(**LLAMA)), seed=1)
    write("llama-gqa", gqa)
    write("llama-mha", llama_mha(), config_style="old")
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
    write("llama-bare", bare, save=bare.model, points=BRIEF)
    bare = randomize(GPT2LMHeadModel(GPT2Config(**GPT2 | dict(n_embd=16, n_layer=1, n_inner=None))), seed=6)
    write("gpt2-bare", bare, save=bare.transformer, points=BRIEF)
    write("bert-mlm", randomize(BertForMaskedLM(BertConfig(**BERT | small)), seed=7), points=BRIEF)
    write_gguf_models(HERE, gqa, randomize, references, save_reference, BRIEF)


def llama_mha():
    """No GQA, an untied head, another rotary base, and heads wider than dModel / nHeads."""
    change = dict(num_hidden_layers=2, num_key_value_heads=4, head_dim=12, tie_word_embeddings=False,
                  rms_norm_eps=LOUD_EPS, rope_parameters={"rope_type": "default", "rope_theta": 500.0})
    return randomize(LlamaForCausalLM(LlamaConfig(**LLAMA | change)), seed=2)


def randomize(model, seed):
    """Weights that keep activations near 1, attention uneven, and every gain and bias away from 1 and 0."""
    generator = torch.Generator().manual_seed(seed)
    conv1d = {id(m.weight) for m in model.modules() if type(m).__name__ == "Conv1D"}
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if id(parameter) in embeddings:
                parameter.copy_(noise * 0.8)
            elif parameter.dim() == 2:
                fan_in = parameter.shape[0 if id(parameter) in conv1d else 1]
                sharpen = 1.6 if any(part in name for part in ("q_proj", "k_proj", "query", "key")) else 1.1
                parameter.copy_(noise * sharpen / fan_in**0.5)
            else:
                parameter.copy_(1 + 0.3 * noise if name.endswith("weight") else 0.4 * noise)
    return model.eval().float()


def write(name, model, save=None, dtype=None, shard="5GB", points=None, config_style=None):
    """One folder: the checkpoint as the library saves it, and the activations of what loads from it."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    saved = save or model
    if dtype:
        saved = type(model)(model.config)
        saved.load_state_dict(model.state_dict())
        saved = saved.to(dtype)
    saved.save_pretrained(folder, max_shard_size=shard)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if config_style == "old":
        write_old_config(folder / "config.json")
    loaded = type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    save_reference(folder / "reference.safetensors", references(loaded, points))


def write_old_config(path):
    """The rotary base as versions before 5 write it: a top-level `rope_theta`."""
    config = json.loads(path.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["rope_scaling"] = None
    config["torch_dtype"] = config.pop("dtype")
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def references(model, points=None):
    """{`seqN.ids`: ids, `seqN/<hook>`: activation} for sequences of every length."""
    generator = torch.Generator().manual_seed(100)
    tensors = {}
    for number, length in enumerate(LENGTHS):
        ids = torch.randint(3, model.config.vocab_size, (length,), generator=generator)
        tensors[f"seq{number}.ids"] = ids.int()
        for name, value in record(model, ids.tolist()).items():
            if points is None or name.endswith(points):
                tensors[f"seq{number}/{name}"] = value
    return tensors


def save_reference(path, tensors):
    assert all(torch.isfinite(value).all() for value in tensors.values()), path
    save_file(tensors, path)


if __name__ == "__main__":
    main()
