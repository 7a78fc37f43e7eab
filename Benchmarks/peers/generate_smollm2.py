"""Hugging Face's greedy generation with SmolLM2, with its key–value cache.

Usage: python generate_smollm2.py IDS --gguf SMOLLM2.gguf --tokens 64 [--medium]
"""

import json
import pathlib
import sys

import peers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "real"))


def main():
    parser = peers.arguments(__doc__.splitlines()[0])
    parser.add_argument("ids", type=pathlib.Path, help="JSON list of lists of token ids, all of one length")
    parser.add_argument("--gguf", type=pathlib.Path, required=True)
    parser.add_argument("--tokens", type=int, default=64)
    options = parser.parse_args()
    torch = peers.prepare(options)
    import transformers
    from make_reference import smollm2

    model = smollm2(options.gguf)[0]
    model.set_attn_implementation("sdpa")
    model.generation_config.eos_token_id = None  # every continuation is as long as asked for
    ids = torch.tensor(json.loads(options.ids.read_text()))
    found = []

    def run():
        found[:] = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=options.tokens,
                                  do_sample=False, pad_token_id=0)[:, ids.shape[1]:].tolist()

    seconds, busy = peers.timed(options, run)
    assert all(len(continuation) == options.tokens for continuation in found)
    peers.emit("transformers", options, {
        "prompts": len(ids), "tokens": options.tokens, "seconds": peers.spread(seconds, 4), "otherCoresBusy": busy,
        "peakRSSMiB": peers.peak(), "continuations": found,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__}})


if __name__ == "__main__":
    main()
