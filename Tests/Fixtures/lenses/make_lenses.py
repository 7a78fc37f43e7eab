"""Writes gpt2.json and llama-gqa.json: logit lens, direct logit attribution and heads, by TransformerLens 3.9.

Usage: python make_lenses.py

The models are the tiny fixtures of the same name. TransformerLens multiplies by the final norm's gain only when it is
folded into the unembedding, so it is; nothing else of the weights is processed.
"""

import json
import pathlib

import torch
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights, convert_llama_weights
from transformers import AutoModelForCausalLM

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
TOKENS = [5, 17, 60, 3, 91, 17, 60]
ANSWER, OTHER = 42, 7


def main():
    torch.set_grad_enabled(False)
    for name, build in (("gpt2", gpt2), ("llama-gqa", llama)):
        reference = AutoModelForCausalLM.from_pretrained(MODELS / name, dtype=torch.float32).eval()
        model = build(reference)
        expected = reference(torch.tensor([TOKENS])).logits
        found = model(torch.tensor([TOKENS]))
        assert (expected - found).abs().max() < 1e-4, (expected - found).abs().max()
        (HERE / f"{name}.json").write_text(json.dumps(lenses(model), indent=1) + "\n")


def lenses(model):
    model.set_use_attn_result(True)
    _, cache = model.run_with_cache(torch.tensor([TOKENS]))
    stream, stream_names = cache.accumulated_resid(incl_mid=True, return_labels=True)
    scores = model.unembed(model.ln_final(stream[:, 0]))
    parts, part_names = cache.decompose_resid(return_labels=True)
    heads, head_names = cache.stack_head_results(return_labels=True)
    difference = {"tokens": torch.tensor([[ANSWER] * len(TOKENS)]),
                  "incorrect_tokens": torch.tensor([[OTHER] * len(TOKENS)])}
    return {
        "tokens": TOKENS, "answer": ANSWER, "other": OTHER,
        "lens": {"points": stream_names,
                 "logits": scores[..., [ANSWER, OTHER]].tolist(),
                 "log_probabilities": scores.log_softmax(-1)[..., [ANSWER, OTHER]].tolist()},
        "attribution": {"parts": part_names, "difference": cache.logit_attrs(parts, **difference)[:, 0].tolist(),
                        "answer": cache.logit_attrs(parts, difference["tokens"])[:, 0].tolist()},
        "heads": {"names": head_names, "difference": cache.logit_attrs(heads, **difference)[:, 0].tolist()},
    }


def gpt2(reference):
    shape = reference.config
    config = HookedTransformerConfig(
        n_layers=shape.n_layer, d_model=shape.n_embd, n_ctx=shape.n_positions, n_heads=shape.n_head,
        d_head=shape.n_embd // shape.n_head, d_mlp=shape.n_inner, d_vocab=shape.vocab_size, act_fn="gelu_new",
        eps=shape.layer_norm_epsilon, normalization_type="LN", positional_embedding_type="standard")
    return load(config, convert_gpt2_weights(reference, config))


def llama(reference):
    shape = reference.config
    config = HookedTransformerConfig(
        n_layers=shape.num_hidden_layers, d_model=shape.hidden_size, n_ctx=shape.max_position_embeddings,
        n_heads=shape.num_attention_heads, n_key_value_heads=shape.num_key_value_heads, d_head=shape.head_dim,
        d_mlp=shape.intermediate_size, d_vocab=shape.vocab_size, act_fn="silu", eps=shape.rms_norm_eps,
        normalization_type="RMS", positional_embedding_type="rotary", rotary_dim=shape.head_dim,
        rotary_adjacent_pairs=False, rotary_base=shape.rope_parameters["rope_theta"], gated_mlp=True, final_rms=True)
    return load(config, convert_llama_weights(reference, config))


def load(config, weights):
    model = HookedTransformer(config)
    model.load_and_process_state_dict(
        weights, fold_ln=True, center_writing_weights=False, center_unembed=False, fold_value_biases=False)
    return model.eval()


if __name__ == "__main__":
    main()
