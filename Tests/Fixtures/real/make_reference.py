"""Writes reference activations of the two real models that the tests use: smollm2.safetensors, minilm.safetensors.

Usage: python make_reference.py SMOLLM2.gguf MINILM_FOLDER [--verify]

--verify also loads the GGUF with transformers' own loader (needs accelerate) and compares the logits.
"""

import argparse
import json
import pathlib
import sys

import gguf
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, BertModel, LlamaConfig

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "models")]
from gguf_models import byte_level_bpe, read_gguf  # noqa: E402
from reference_taps import record  # noqa: E402

BOS = "<|im_start|>"  # token 1: SmolLM2's BOS by metadata, which also says that it is not added by itself
SMOLLM2_TEXTS = ["Paris", BOS + "The capital of France is Paris.",
                 "def mean(xs):\n    return sum(xs) / len(xs)  # 3 values\n"]
MINILM_TEXTS = ["", "The capital of France is Paris.", "Café déjà-vu: naïve tokenizers lose 12,345 accents!"]
EDGE = 8
TOP = 10


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("gguf", type=pathlib.Path)
    arguments.add_argument("minilm", type=pathlib.Path)
    arguments.add_argument("--verify", action="store_true")
    options = arguments.parse_args()
    torch.set_num_threads(2)

    model, tokenizer = smollm2(options.gguf)
    inputs = [(text, tokenizer.encode(text, add_special_tokens=False).ids) for text in SMOLLM2_TEXTS]
    write(HERE / "smollm2.safetensors", model, inputs, (0, 15, 29))
    if options.verify:
        verify(model, options.gguf, inputs)

    model = BertModel.from_pretrained(options.minilm, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = Tokenizer.from_file(str(options.minilm / "tokenizer.json"))
    tokenizer.no_padding()
    inputs = [(text, tokenizer.encode(text).ids) for text in MINILM_TEXTS]
    write(HERE / "minilm.safetensors", model, inputs, (0, 3, 5))


def smollm2(path):
    """The model from its dequantised tensors, and the tokenizer from the metadata, both by reference libraries."""
    fields = {name: field.contents() for name, field in gguf.GGUFReader(path).fields.items()}
    config = LlamaConfig(
        vocab_size=len(fields["tokenizer.ggml.tokens"]), hidden_size=fields["llama.embedding_length"],
        intermediate_size=fields["llama.feed_forward_length"], num_hidden_layers=fields["llama.block_count"],
        num_attention_heads=fields["llama.attention.head_count"],
        num_key_value_heads=fields["llama.attention.head_count_kv"],
        max_position_embeddings=fields["llama.context_length"],
        rms_norm_eps=fields["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={"rope_type": "default", "rope_theta": fields["llama.rope.freq_base"]},
        tie_word_embeddings=True)
    tokens, kinds = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    specials = [token for token, kind in zip(tokens, kinds) if kind == gguf.TokenType.CONTROL]
    return read_gguf(path, config), byte_level_bpe(tokens, fields["tokenizer.ggml.merges"], specials)


def write(path, model, inputs, layers):
    """Per text: every residual in small, three layers' q, z and MLP at the last token, and the top logits."""
    tensors = {}
    for number, (_, ids) in enumerate(inputs):
        found, seq = record(model, ids), f"seq{number}"
        residual = torch.stack([found[f"blocks.{layer}.hook_resid_post"]
                                for layer in range(model.config.num_hidden_layers)])
        tensors[f"{seq}.ids"] = torch.tensor(ids, dtype=torch.int32)
        tensors[f"{seq}/hook_resid_post.last"] = residual[:, -1]
        tensors[f"{seq}/hook_resid_post.edges"] = torch.cat([residual[..., :EDGE], residual[..., -EDGE:]], -1)
        tensors[f"{seq}/hook_resid_post.norm"] = residual.norm(dim=-1)
        for layer in layers:
            for point in ("attn.hook_q", "attn.hook_z", "mlp.hook_post"):
                tensors[f"{seq}/blocks.{layer}.{point}.last"] = found[f"blocks.{layer}.{point}"][-1]
        if "logits" in found:
            top = found["logits"][-1].topk(TOP)
            tensors[f"{seq}/logits.top"] = top.values
            tensors[f"{seq}/logits.top_ids"] = top.indices.int()
    texts = json.dumps([text for text, _ in inputs])  # one key: the order of several is not the same in every run
    save_file({name: value.contiguous() for name, value in tensors.items()}, path, metadata={"texts": texts})
    print(path.name, path.stat().st_size, "bytes;", [len(ids) for _, ids in inputs], "tokens")


def verify(model, path, inputs):
    other = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        gaps = [(model(torch.tensor([ids])).logits - other(torch.tensor([ids])).logits).abs().max().item()
                for _, ids in inputs]
    print("largest difference of the logits from transformers' own GGUF loader:", max(gaps))


if __name__ == "__main__":
    main()
