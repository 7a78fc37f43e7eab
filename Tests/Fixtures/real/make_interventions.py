"""Writes smollm2.interventions.json: SmolLM2 with one head's z patched, by transformers and a forward hook.

Usage: python make_interventions.py SMOLLM2.gguf

Block 23's head 4 at the last position of "The capital of France is" gets what it has in "The capital of Italy is".
Float32 on CPU, logits at the last position.
"""

import json
import pathlib
import sys

import torch

from make_reference import smollm2

HERE = pathlib.Path(__file__).resolve().parent
PROMPT, SOURCE, ANSWER, AGAINST = "The capital of France is", "The capital of Italy is", " Paris", " Rome"
LAYER, HEAD = 23, 4


def main():
    model, tokenizer = smollm2(pathlib.Path(sys.argv[1]))
    prompt, source = (tokenizer.encode(text, add_special_tokens=False).ids for text in (PROMPT, SOURCE))
    answer, against = (tokenizer.encode(text, add_special_tokens=False).ids[0] for text in (ANSWER, AGAINST))
    output = model.model.layers[LAYER].self_attn.o_proj
    width = model.config.head_dim
    head = slice(HEAD * width, (HEAD + 1) * width)
    seen = {}

    def run(ids, hook=None):
        handle = output.register_forward_pre_hook(hook) if hook else None
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1].double()
        if handle:
            handle.remove()
        return logits

    def keep(_, inputs):
        seen["z"] = inputs[0].clone()

    def patch(_, inputs):
        z = inputs[0].clone()
        z[:, -1, head] = seen["z"][:, -1, head]
        return (z,)

    run(source, keep)
    before, after = run(prompt), run(prompt, patch)
    p, q = before.log_softmax(-1), after.log_softmax(-1)
    document = {
        "prompt": prompt, "source": source, "answer": answer, "against": against, "layer": LAYER, "head": HEAD,
        "before": (before[answer] - before[against]).item(), "after": (after[answer] - after[against]).item(),
        "divergence": (p.exp() * (p - q)).sum().item(),
    }
    (HERE / "smollm2.interventions.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
