"""TransformerLens capturing every block's output of a model of SmolLM2's shape at every token.

Usage: python capture_transformerlens.py IDS [--medium] [--store FILE] …

The weights are random: they do not change the work, only the shape does.
"""

import importlib.metadata

import peers


def main():
    options = peers.capturing(__doc__.splitlines()[0]).parse_args()
    torch = peers.prepare(options)
    import transformer_lens

    work = peers.batches(options)
    # n_ctx as short as the work allows: TransformerLens keeps an n_ctx × n_ctx mask per layer.
    config = transformer_lens.HookedTransformerConfig(
        n_layers=30, d_model=576, n_heads=9, n_key_value_heads=3, d_head=64, d_mlp=1536, d_vocab=49152,
        n_ctx=max(ids.shape[1] for ids, _ in work), act_fn="silu", gated_mlp=True, normalization_type="RMS",
        final_rms=True, eps=1e-5, positional_embedding_type="rotary", rotary_dim=64, rotary_base=100000,
        original_architecture="LlamaForCausalLM", seed=0, device="cpu")
    model = transformer_lens.HookedTransformer(config).eval()
    tokens = sum(ids.numel() if rows is None else len(rows) for ids, rows in work)

    def run():
        store = peers.Store(options.store, config.n_layers, tokens, config.d_model)
        start = 0
        for ids, rows in work:
            def keep(value, hook):
                store.put(hook.layer(), start, value, rows)

            hooks = [(f"blocks.{layer}.hook_resid_post", keep) for layer in range(config.n_layers)]
            model.run_with_hooks(ids, return_type=None, fwd_hooks=hooks)  # None: no logits are computed
            start += ids.numel() if rows is None else len(rows)
        store.close()

    peers.measure("transformer-lens", options, run, tokens,
                  versions={"torch": torch.__version__,
                            "transformer-lens": importlib.metadata.version("transformer-lens")})


if __name__ == "__main__":
    main()
