"""Writes initializations.json: how transformers draws the weights of a fresh model of each family.

Usage: python initializations.py     (torch, transformers)

Of every tensor the constants of the reference's own calls (normal with which deviation, ones, zeros, and which row is 0)
are recorded, and checked against the values it drew: exactly for constants, within 6 standard errors for mean and
deviation.
"""

import json
import math
import pathlib

import torch
import transformers
from transformers import initialization

HERE = pathlib.Path(__file__).resolve().parent
SMALL = dict(vocab_size=131, hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4,
             max_position_embeddings=67, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2)
LLAMA = SMALL | dict(num_key_value_heads=2, head_dim=20, attention_bias=True)
GPT = dict(vocab_size=131, n_embd=48, n_layer=3, n_head=4, n_positions=67, tie_word_embeddings=False,
           bos_token_id=1, eos_token_id=2)
ENCODER = SMALL | dict(tie_word_embeddings=True)
T5 = dict(vocab_size=131, d_model=48, d_kv=10, num_heads=4, d_ff=80, num_layers=3,
          relative_attention_num_buckets=8)
# Name of the case: the model's class, and what its configuration says besides the family's defaults.
CASES = {
    "gpt2": ("GPT2LMHeadModel", GPT),
    "gpt2-wide": ("GPT2LMHeadModel", GPT | dict(initializer_range=0.1, n_layer=5, tie_word_embeddings=True)),
    "gpt-neo": ("GPTNeoForCausalLM", dict(vocab_size=131, hidden_size=48, num_layers=2, num_heads=4,
                                          max_position_embeddings=67, attention_types=[[["global", "local"], 1]])),
    "gpt-neox": ("GPTNeoXForCausalLM", SMALL),
    "gpt-neox-tied": ("GPTNeoXForCausalLM", SMALL | dict(tie_word_embeddings=True)),
    "gptj": ("GPTJForCausalLM", GPT | dict(rotary_dim=4)),
    "codegen": ("CodeGenForCausalLM", GPT | dict(rotary_dim=4)),
    "opt": ("OPTForCausalLM", dict(vocab_size=131, hidden_size=48, ffn_dim=80, num_hidden_layers=3,
                                   num_attention_heads=4, max_position_embeddings=67)),
    "opt-projected": ("OPTForCausalLM", dict(
        vocab_size=131, hidden_size=48, ffn_dim=80, num_hidden_layers=3, num_attention_heads=4, init_std=0.05,
        word_embed_proj_dim=32, do_layer_norm_before=False, max_position_embeddings=67, pad_token_id=3)),
    "bloom": ("BloomForCausalLM", dict(vocab_size=131, hidden_size=48, n_layer=3, n_head=4, pad_token_id=3)),
    "llama": ("LlamaForCausalLM", LLAMA | dict(initializer_range=0.041, pad_token_id=2)),
    "llama-tied": ("LlamaForCausalLM", LLAMA | dict(tie_word_embeddings=True, pad_token_id=-1)),
    "mistral": ("MistralForCausalLM", SMALL | dict(num_key_value_heads=2)),
    "qwen2": ("Qwen2ForCausalLM", SMALL | dict(num_key_value_heads=2)),
    "qwen3": ("Qwen3ForCausalLM", LLAMA),
    "olmo": ("OlmoForCausalLM", SMALL),
    "olmo2": ("Olmo2ForCausalLM", SMALL),
    "olmo2-without-padding": ("Olmo2ForCausalLM", SMALL | dict(pad_token_id=None)),
    "gemma": ("GemmaForCausalLM", LLAMA),
    "gemma2": ("Gemma2ForCausalLM", LLAMA),
    "phi": ("PhiForCausalLM", SMALL | dict(qk_layernorm=True)),
    "phi3": ("Phi3ForCausalLM", SMALL | dict(pad_token_id=0)),
    "bert": ("BertForMaskedLM", ENCODER),
    "bert-untied": ("BertForMaskedLM", ENCODER | dict(tie_word_embeddings=False, pad_token_id=5)),
    "roberta": ("RobertaForMaskedLM", ENCODER),
    "distilbert": ("DistilBertForMaskedLM", dict(vocab_size=131, dim=48, hidden_dim=80, n_layers=3, n_heads=4,
                                                 max_position_embeddings=67)),
    "distilbert-sinusoidal": ("DistilBertForMaskedLM", dict(
        vocab_size=131, dim=48, hidden_dim=80, n_layers=3, n_heads=4, max_position_embeddings=67,
        sinusoidal_pos_embds=True)),
    "t5": ("T5EncoderModel", T5),
    "t5-gated": ("T5EncoderModel", T5 | dict(feed_forward_proj="gated-gelu", initializer_factor=0.7)),
}

class Recorder:
    """The last draw of every parameter, by the address of its values."""

    def __init__(self):
        self.calls = {}
        self.kept = []  # What is freed would leave its address to another tensor.
        self.names = ("normal_", "zeros_", "ones_", "constant_", "copy_")
        self.originals = {name: getattr(initialization, name) for name in self.names}

    def __enter__(self):
        for name in self.names:
            setattr(initialization, name, self.wrap(name))
        return self

    def __exit__(self, *_):
        for name, original in self.originals.items():
            setattr(initialization, name, original)

    def wrap(self, kind):
        def record(tensor, *args, **kwargs):
            base = tensor if tensor._base is None else tensor._base
            row = None if tensor is base or tensor.shape == base.shape else (
                (tensor.data_ptr() - base.data_ptr()) // (base.element_size() * base.shape[-1]))
            calls = self.calls.setdefault(base.data_ptr(), [])
            if row is None:
                calls.clear()
            calls.append((kind, args, kwargs, row))
            self.kept.append(base)
            return self.originals[kind](tensor, *args, **kwargs)
        return record


def distribution(calls):
    whole = [call for call in calls if call[3] is None]
    (kind, args, kwargs, _), = whole
    rows = [call[3] for call in calls if call[3] is not None]
    assert all(call[0] == "zeros_" for call in calls if call[3] is not None)
    if kind == "normal_":
        assert kwargs["mean"] == 0
        return {"normal": kwargs["std"]} | ({"zeroRow": rows[0]} if rows else {})
    assert not rows
    if kind == "copy_":
        return {"values": True}
    return {"constant": {"zeros_": 0, "ones_": 1}.get(kind, args[0] if args else None)}


def check(name, tensor, how):
    """That the values are what the recorded call draws."""
    if "constant" in how:
        assert (tensor == how["constant"]).all(), name
    if "normal" in how:
        keep = torch.ones(tensor.shape[0], dtype=bool)
        if "zeroRow" in how:
            keep[how["zeroRow"]] = False
            assert (tensor[~keep] == 0).all(), name
        values = tensor[keep].double()
        count, std = values.numel(), how["normal"]
        assert abs(values.mean()) < 6 * std / math.sqrt(count), name
        assert abs(values.std() - std) < 6 * std / math.sqrt(2 * count), name


def case(class_name, changes):
    model_class = getattr(transformers, class_name)
    config = model_class.config_class(**changes)
    torch.manual_seed(0)
    with Recorder() as recorder:
        model = model_class(config)
    # What the case does not say is left out, so that the family's defaults are tested.
    tensors, tied = {}, set(model.all_tied_weights_keys)
    for name, tensor in model.named_parameters(remove_duplicate=False):
        if name in tied:
            continue
        # Biases of heads are tied after they were drawn, and recorded under another address.
        calls = recorder.calls.get(tensor.data_ptr())
        how = distribution(calls) if calls else {"constant": 0}
        if "values" in how:
            how = {"first": tensor.detach()[1].tolist()[:6], "row": 1}
        check(name, tensor.detach(), how)
        tensors[name] = how | {"shape": list(tensor.shape)}
    written = {key: value for key, value in json.loads(config.to_json_string(use_diff=False)).items()
               if key in changes or key in ("model_type", "rope_parameters") and value is not None}
    written |= {key: value for key, value in changes.items() if value is None}
    return {"config": written, "tensors": tensors}


if __name__ == "__main__":
    table = {name: case(*arguments) for name, arguments in CASES.items()}
    lines = []
    for name, entry in table.items():
        tensors = ",\n".join(f"   {json.dumps(key)}: {json.dumps(value)}" for key, value in entry["tensors"].items())
        lines.append(f' {json.dumps(name)}: {{"config": {json.dumps(entry["config"])},\n  "tensors": {{\n{tensors}}}}}')
    (HERE / "initializations.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
