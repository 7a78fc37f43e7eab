"""TransformerLens with GPT-2's small shape, random weights: logits, the 13 points of the residual stream, everything.

Usage: python forward_transformerlens.py --shape 8x128 --kept logits --kept residuals --kept everything [--medium]

`everything` is run_with_cache as it is: every hook point it has but those that are off by default, and the logits.
"""

import importlib.metadata

import peers


def main():
    options = peers.forwarding(__doc__.splitlines()[0], ("logits", "residuals", "everything")).parse_args()
    torch = peers.prepare(options)
    import transformer_lens

    # n_ctx as short as the work allows: TransformerLens keeps an n_ctx × n_ctx mask per layer. LNPre: its gains and
    # biases are folded into the weights after it, as from_pretrained does by default.
    config = transformer_lens.HookedTransformerConfig(
        n_layers=12, d_model=768, n_heads=12, d_head=64, d_mlp=3072, d_vocab=50257,
        n_ctx=max(int(shape.split("x")[1]) for shape in options.shape), act_fn="gelu_new",
        normalization_type="LNPre", seed=0, device="cpu")
    model = transformer_lens.HookedTransformer(config).eval()
    names = {"blocks.0.hook_resid_pre"} | {f"blocks.{layer}.hook_resid_post" for layer in range(config.n_layers)}

    def residuals(ids):
        return model.run_with_cache(ids, names_filter=lambda name: name in names, return_type=None)[1]  # no logits

    works = {"logits": model, "residuals": residuals, "everything": model.run_with_cache}
    assert set(residuals(torch.zeros(1, 2, dtype=torch.long)).keys()) == names
    peers.forward("transformer-lens", options, works, config.d_vocab,
                  versions={"torch": torch.__version__,
                            "transformer-lens": importlib.metadata.version("transformer-lens")})


if __name__ == "__main__":
    main()
