"""Tuned Hugging Face capturing every block's output of SmolLM2 at every token.

Usage: python capture_smollm2.py IDS --gguf SMOLLM2.gguf [--attention sdpa|eager] [--medium] [--store FILE] …
"""

import pathlib
import sys

import peers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "real"))


def main():
    parser = peers.capturing(__doc__.splitlines()[0])
    parser.add_argument("--attention", choices=("sdpa", "eager"), default="sdpa")
    parser.add_argument("--gguf", type=pathlib.Path, required=True)
    options = parser.parse_args()
    torch = peers.prepare(options)
    import transformers
    from make_reference import smollm2

    model = smollm2(options.gguf)[0].model  # the LlamaModel: no logits are computed
    model.set_attn_implementation(options.attention)
    work = peers.batches(options)
    tokens = sum(ids.numel() if rows is None else len(rows) for ids, rows in work)

    def run():
        store = peers.Store(options.store, len(model.layers), tokens, model.config.hidden_size)
        start = 0
        for ids, rows in work:
            handles = [layer.register_forward_hook(
                lambda module, inputs, output, number=number: store.put(number, start, output, rows))
                for number, layer in enumerate(model.layers)]
            model(ids, use_cache=False)
            for handle in handles:
                handle.remove()
            start += ids.numel() if rows is None else len(rows)
        store.close()

    peers.measure("transformers", options, run, tokens, attention=options.attention,
                  versions={"torch": torch.__version__, "transformers": transformers.__version__})


if __name__ == "__main__":
    main()
