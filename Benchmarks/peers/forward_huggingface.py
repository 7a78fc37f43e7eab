"""Hugging Face's GPT-2 of the small shape, random weights: logits, or the 13 points of the residual stream.

Usage: python forward_huggingface.py --shape 8x128 --kept logits --kept residuals [--medium]
"""

import peers


def main():
    options = peers.forwarding(__doc__.splitlines()[0], ("logits", "residuals")).parse_args()
    torch = peers.prepare(options)
    import transformers

    model = transformers.GPT2LMHeadModel(transformers.GPT2Config()).eval()
    blocks = model.transformer.h

    def residuals(ids):
        kept = []
        handles = [blocks[0].register_forward_pre_hook(lambda module, inputs: kept.append(inputs[0]))]
        handles += [block.register_forward_hook(lambda module, inputs, output: kept.append(output))
                    for block in blocks]
        model.transformer(ids, use_cache=False)  # the body alone: no logits are computed
        for handle in handles:
            handle.remove()
        return kept

    works = {"logits": lambda ids: model(ids, use_cache=False).logits, "residuals": residuals}
    probe = residuals(torch.zeros(1, 2, dtype=torch.long))
    shapes = [value.shape if torch.is_tensor(value) else value[0].shape for value in probe]
    assert shapes == [(1, 2, 768)] * 13, shapes
    peers.forward("transformers", options, works, model.config.vocab_size,
                  versions={"torch": torch.__version__, "transformers": transformers.__version__})


if __name__ == "__main__":
    main()
