"""Writes filters.json (what transformers' logits warpers keep), greedy.json (generate(do_sample=False)) and, given the
model, smollm2.json (the same with SmolLM2-135M's dequantised GGUF).

Usage: python make_generation.py [SMOLLM2.gguf]

Made with transformers 5.23.0, torch 2.13.0 on the tiny fixtures under ../models. Where a sum of probabilities comes within
1e-6 of a threshold, float32 and double may decide differently: such a row is refused.
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM
from transformers.generation import (TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper,
                                     TypicalLogitsWarper)

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
CLASSES = {"temperature": TemperatureLogitsWarper, "topK": TopKLogitsWarper, "topP": TopPLogitsWarper,
           "typical": TypicalLogitsWarper}
# As transformers' generate() orders them.
ORDER = ["temperature", "topK", "topP", "typical"]
INFINITY = float("inf")
PROMPTS = [[5, 17, 30, 3], [21], [33, 33, 8, 22, 22, 9, 1, 20, 20]]
TEXTS = ["The capital of France is", "def mean(xs):\n    return", "Once upon a time, in a small village by the sea,"]
NEW_TOKENS = 16


def main():
    torch.set_grad_enabled(False)
    (HERE / "filters.json").write_text(json.dumps(filters()) + "\n")
    greedy = {name: generate(tiny(name), PROMPTS) for name in ("gpt2", "llama-gqa", "gpt-neox", "gemma2", "bloom")}
    (HERE / "greedy.json").write_text(json.dumps(greedy) + "\n")
    if len(sys.argv) > 1:
        sys.path[:0] = [str(HERE.parent / "real")]
        from make_reference import smollm2
        model, tokenizer = smollm2(pathlib.Path(sys.argv[1]))
        prompts = [[1] + tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
        (HERE / "smollm2.json").write_text(json.dumps({"texts": TEXTS, **generate(model, prompts)}) + "\n")


def filters():
    torch.manual_seed(4)
    rows = {
        "normal": (3 * torch.randn(40)).tolist(),
        "flat": (0.1 * torch.randn(24)).tolist(),
        "ties": [1.0, 3.0, 2.0, 3.0, 1.0, 3.0, 0.0, 2.0],
        "equal": [0.5] * 8,
        "peaked": [20.0, 0.0, 1.0, -3.0],
        "with tokens out": [2.0, -INFINITY, 1.0, -INFINITY, 0.5, 1.5],
        "one": [-4.0],
    }
    settings = (
        [{"temperature": t} for t in (0.25, 0.7, 3.0)] + [{"topK": k} for k in (1, 2, 3, 5, 1000)]
        + [{"topP": p} for p in (1e-9, 0.3, 0.55, 0.9, 0.999999)]
        + [{"typical": m} for m in (1e-9, 0.2, 0.55, 0.95, 0.999999)]
        + [{"temperature": 0.7, "topK": 20, "topP": 0.8}, {"temperature": 2.0, "topK": 5, "typical": 0.52},
           {"temperature": 1.5, "topP": 0.7, "typical": 0.6},
           {"temperature": 0.8, "topK": 30, "topP": 0.95, "typical": 0.9}])
    cases = []
    for name, row in rows.items():
        for setting in settings:
            scores = torch.tensor([row])
            for step in ORDER:
                if step in setting:
                    check(scores, step, setting[step])
                    scores = CLASSES[step](setting[step])(None, scores)
            cases.append({"row": name, **setting, "kept": [i for i, x in enumerate(scores[0]) if x > -INFINITY],
                          "scores": [None if x == -INFINITY else float(x) for x in scores[0]]})
    return {"rows": {name: [None if x == -INFINITY else x for x in row] for name, row in rows.items()},
            "cases": cases}


def check(scores, step, value):
    """Refuses rows whose outcome hangs on rounding."""
    wide = scores.double()
    p = wide.softmax(-1)
    if step == "topP":
        sums = p.sort(stable=True).values.cumsum(-1)[0, :-1]
        assert ((sums - (1 - value)).abs() > 1e-6).all() or tied(sums, 1 - value), (step, value)
    if step == "typical":
        surprisal = -wide.log_softmax(-1)
        order = (surprisal - (p * surprisal).nansum(-1, keepdim=True)).abs().sort(stable=True).indices
        sums = p.gather(-1, order).cumsum(-1)[0, :-1]
        assert ((sums - value).abs() > 1e-6).all() or tied(sums, value), (step, value)


def tied(sums, threshold):
    """Whether the sums near the threshold are far below float32's rounding from it, as for thresholds of 0 and 1."""
    return threshold > 0.9999 or threshold < 1e-5


def tiny(name):
    return AutoModelForCausalLM.from_pretrained(MODELS / name, dtype=torch.float32, attn_implementation="eager").eval()


def generate(model, prompts):
    found, values = [], []
    for prompt in prompts:
        ids = torch.tensor([prompt])
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW_TOKENS,
                             eos_token_id=None, pad_token_id=0, return_dict_in_generate=True, output_logits=True)
        tokens = out.sequences[0, len(prompt):].tolist()
        found.append(tokens)
        values.append([float(step.log_softmax(-1)[0, token]) for step, token in zip(out.logits, tokens)])
    return {"prompts": prompts, "continuations": found, "log_probabilities": values}


if __name__ == "__main__":
    main()
