"""Writes gpt2/interventions.json: what TransformerLens makes of the gpt2 fixture when it is intervened upon.

    python make_interventions.py

Logits at the last position, float32 on CPU, weights as they are in the checkpoint: nothing folded, nothing centred.
Made with transformer_lens 3.9 and torch 2.13.
"""

import json
from pathlib import Path

import torch
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights
from transformers import GPT2LMHeadModel

FOLDER = Path(__file__).parent / "gpt2"
CLEAN, SOURCE = [5, 17, 3, 44, 8, 60], [9, 17, 71, 2, 30, 60]


def load():
    reference = GPT2LMHeadModel.from_pretrained(FOLDER, attn_implementation="eager").eval()
    c = reference.config
    config = HookedTransformerConfig(
        n_layers=c.n_layer, d_model=c.n_embd, n_ctx=c.n_positions, d_head=c.n_embd // c.n_head, n_heads=c.n_head,
        d_mlp=c.n_inner, d_vocab=c.vocab_size, act_fn="gelu_new", eps=c.layer_norm_epsilon,
        normalization_type="LN", device="cpu",
    )
    model = HookedTransformer(config)
    model.load_and_process_state_dict(
        convert_gpt2_weights(reference, config), fold_ln=False, center_writing_weights=False,
        center_unembed=False, fold_value_biases=False,
    )
    with torch.no_grad():
        difference = (model(torch.tensor([CLEAN])) - reference(torch.tensor([CLEAN])).logits).abs().max()
    assert difference < 1e-5, difference
    return model.eval()


def main():
    model = load()
    _, source = model.run_with_cache(torch.tensor([SOURCE]))
    vector = torch.tensor([(i % 5 - 2) / 4 for i in range(model.cfg.d_model)])
    unit = vector / vector.norm()

    def zero_head(z, hook):
        z[:, :, 2] = 0
        return z

    def steer(h, hook):
        h[:, -1] += 3 * vector
        return h

    def patch(z, hook):
        z[:, 2, 0] = source[hook.name][:, 2, 0]
        return z

    def project_out(h, hook):
        return h - (h @ unit)[..., None] * unit

    def mean(h, hook):
        return source[hook.name].mean(dim=(0, 1)).expand_as(h).clone()

    def freeze(pattern, hook):
        return source[hook.name]

    cases = {
        "plain": [],
        "zeroHead": [("blocks.1.attn.hook_z", zero_head)],
        "steer": [("blocks.0.hook_resid_post", steer)],
        "patchZ": [("blocks.1.attn.hook_z", patch)],
        "projectOut": [("blocks.1.hook_resid_mid", project_out)],
        "mean": [("blocks.2.hook_mlp_out", mean)],
        "freezePatterns": [(f"blocks.{l}.attn.hook_pattern", freeze) for l in range(model.cfg.n_layers)],
    }
    with torch.no_grad():
        logits = {
            name: model.run_with_hooks(torch.tensor([CLEAN]), fwd_hooks=hooks)[0, -1].tolist()
            for name, hooks in cases.items()
        }
    document = {"tokens": CLEAN, "source": SOURCE, "vector": vector.tolist(), "logits": logits}
    (FOLDER / "interventions.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
