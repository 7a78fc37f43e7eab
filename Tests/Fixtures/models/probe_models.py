"""The `probe-transformer` fixtures: checkpoints of our own format, and their activations by a few lines of numpy.

Nothing is shared with the Swift code but the names in docs/architectures.md: everything is computed in float64, one
position and head at a time where that is the plainest way to say it.
"""

import json
import math
import zlib

import numpy
from safetensors.numpy import save_file

LENGTHS = (1, 7, 40)
COMMON = dict(model_type="probe-transformer", n_layers=2, n_heads=3, d_model=24, d_head=6, d_vocab=50, n_context=64)
MODELS = {
    # Built by hand, as circuits people do: nothing but attention.
    "probe-attention-only": dict(norm="none", positions="none", mlp="none", biases=False, head="tied"),
    "probe-attention-learned": dict(norm="layerNorm", norm_epsilon=0.01, positions="learned", mlp="none",
                                    unembedding_bias=True, score_scale=0.3),
    "probe-full": dict(norm="rmsNorm", norm_epsilon=0.01, positions="rotary", rotary_theta=300.0, rotary_dimensions=4,
                       mlp="gated", d_mlp=40, activation="silu", block_order="sandwichNorm", n_key_value_heads=1,
                       query_key_norm="perHead", window=7, score_soft_cap=2.0, logit_soft_cap=3.0,
                       embedding_scale=1.5, biases=False),
    "probe-no-norm": dict(norm="none", positions="linearBias", mlp="plain", activation="relu", head="untied"),
    "probe-encoder": dict(norm="layerNorm", norm_epsilon=0.01, positions="learned", mlp="plain", activation="gelu",
                          block_order="postNorm", masking="bidirectional", head="none"),
}


def write_probe_models(root):
    for name, options in MODELS.items():
        config = COMMON | options
        folder = root / name
        folder.mkdir(exist_ok=True)
        weights = make_weights(config, zlib.crc32(name.encode()))
        (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
        save_file(weights, folder / "model.safetensors")
        save_file(references(config, weights), folder / "reference.safetensors")


def make_weights(config, seed):
    random = numpy.random.default_rng(seed)
    d, e, heads, layers = config["d_model"], config["d_head"], config["n_heads"], config["n_layers"]
    groups, hidden = config.get("n_key_value_heads", heads), config.get("d_mlp", 4 * config["d_model"])
    order, norm = config.get("block_order", "preNorm"), config["norm"]
    weights = {"embed.weight": random.normal(size=(config["d_vocab"], d)) * 0.8}

    def linear(name, outputs, inputs, sharpen=1.0, bias=config.get("biases", True)):
        weights[f"{name}.weight"] = random.normal(size=(outputs, inputs)) * sharpen / inputs**0.5
        if bias:
            weights[f"{name}.bias"] = random.normal(size=outputs) * 0.3

    def add_norm(name, width=d):
        if norm != "none":
            weights[f"{name}.weight"] = 1 + 0.3 * random.normal(size=width)
        if norm == "layerNorm":
            weights[f"{name}.bias"] = 0.3 * random.normal(size=width)

    if config["positions"] == "learned":
        weights["pos_embed.weight"] = random.normal(size=(config["n_context"], d)) * 0.5
    if config.get("head", "untied") == "untied":
        linear("unembed", config["d_vocab"], d, bias=config.get("unembedding_bias", False))
    add_norm("ln_embed" if order == "postNorm" else "ln_final")
    for layer in range(layers):
        block = f"blocks.{layer}"
        linear(f"{block}.attn.q", heads * e, d, 1.6)
        linear(f"{block}.attn.k", groups * e, d, 1.6)
        linear(f"{block}.attn.v", groups * e, d)
        linear(f"{block}.attn.o", d, heads * e)
        if config.get("query_key_norm") == "perHead":
            add_norm(f"{block}.attn.q_norm", e)
            add_norm(f"{block}.attn.k_norm", e)
        numbers = (1,) if config["mlp"] == "none" else (1, 2)
        for number in numbers:
            add_norm(f"{block}.ln{number}")
            if order == "sandwichNorm":
                add_norm(f"{block}.ln{number}_post")
        if config["mlp"] != "none":
            linear(f"{block}.mlp.in", hidden, d)
            linear(f"{block}.mlp.out", d, hidden)
        if config["mlp"] == "gated":
            linear(f"{block}.mlp.up", hidden, d)
    return {name: value.astype(numpy.float32) for name, value in weights.items()}


def references(config, weights):
    random, tensors = numpy.random.default_rng(5), {}
    for number, length in enumerate(LENGTHS):
        ids = random.integers(0, config["d_vocab"], length)
        tensors[f"seq{number}.ids"] = ids.astype(numpy.int32)
        for name, value in Model(config, weights).run(ids).items():
            assert numpy.isfinite(value).all(), name
            tensors[f"seq{number}/{name}"] = numpy.ascontiguousarray(value.astype(numpy.float32))
    return tensors


class Model:
    def __init__(self, config, weights):
        self.config = config
        self.weights = {name: value.astype(numpy.float64) for name, value in weights.items()}
        self.order = config.get("block_order", "preNorm")

    def run(self, ids):
        config, seen = self.config, {}
        x = self.weights["embed.weight"][ids] * config.get("embedding_scale", 1)
        seen["hook_embed"] = x
        if config["positions"] == "learned":
            seen["hook_pos_embed"] = self.weights["pos_embed.weight"][: len(ids)]
            x = x + seen["hook_pos_embed"]
        if self.order == "postNorm":
            x = self.norm("ln_embed", x)
        for layer in range(config["n_layers"]):
            x = self.block(layer, x, seen)
        if self.order != "postNorm" and config["norm"] != "none":
            x = seen["ln_final.hook_normalized"] = self.norm("ln_final", x)
        head = config.get("head", "untied")
        if head != "none":
            logits = x @ self.weights["embed.weight" if head == "tied" else "unembed.weight"].T
            logits = logits + self.weights.get("unembed.bias", 0)
            seen["logits"] = self.cap(logits, "logit_soft_cap")
        return seen

    def block(self, layer, x, seen):
        at, has_mlp = f"blocks.{layer}.", self.config["mlp"] != "none"
        seen[at + "hook_resid_pre"] = x
        branches = ((1, "attn", self.attention), (2, "mlp", self.mlp))[: 2 if has_mlp else 1]
        for number, name, branch in branches:
            read = x
            if self.order != "postNorm" and self.config["norm"] != "none":
                read = seen[f"{at}ln{number}.hook_normalized"] = self.norm(f"{at}ln{number}", x)
            out = branch(f"{at}{name}.", read, seen)
            if self.order == "sandwichNorm":
                seen[f"{at}ln{number}_post.hook_input"] = out
                out = self.norm(f"{at}ln{number}_post", out)
            seen[f"{at}hook_{name}_out"] = out
            x = x + out
            if self.order == "postNorm":
                x = self.norm(f"{at}ln{number}", x)
            if number == 1 and has_mlp:
                seen[at + "hook_resid_mid"] = x
        seen[at + "hook_resid_post"] = x
        return x

    def attention(self, at, x, seen):
        config, heads, e = self.config, self.config["n_heads"], self.config["d_head"]
        q, k, v = (self.linear(at + part, x).reshape(len(x), -1, e) for part in "qkv")
        seen[at + "hook_q"], seen[at + "hook_k"], seen[at + "hook_v"] = q, k, v
        if config.get("query_key_norm") == "perHead":
            q = seen[at + "q_norm.hook_normalized"] = self.norm(at + "q_norm", q)
            k = seen[at + "k_norm.hook_normalized"] = self.norm(at + "k_norm", k)
        if config["positions"] == "rotary":
            q = seen[at + "hook_rot_q"] = self.rotate(q)
            k = seen[at + "hook_rot_k"] = self.rotate(k)
        pattern = numpy.zeros((heads, len(x), len(x)))
        z = numpy.zeros((len(x), heads, e))
        for head in range(heads):
            group = head * k.shape[1] // heads
            for query in range(len(x)):
                causal = config.get("masking", "causal") == "causal"
                keys = [j for j in range(query + 1 if causal else len(x)) if j > query - config.get("window", 1 << 30)]
                scores = k[keys, group] @ q[query, head] * config.get("score_scale", e**-0.5)
                scores = self.cap(scores, "score_soft_cap")
                if config["positions"] == "linearBias":
                    scores = scores + self.slopes()[head] * numpy.array(keys)
                shares = numpy.exp(scores - scores.max())
                pattern[head, query, keys] = shares / shares.sum()
            z[:, head] = pattern[head] @ v[:, group]
        seen[at + "hook_pattern"], seen[at + "hook_z"] = pattern, z
        return self.linear(at + "o", z.reshape(len(x), -1))

    def slopes(self):
        """ALiBi for three heads: the two of two heads, then the first of four."""
        assert self.config["n_heads"] == 3
        return [2.0**-4, 2.0**-8, 2.0**-2]

    def rotate(self, x):
        """Pairs (i, i + n/2) of the first n dimensions as complex numbers that turn."""
        n, theta = self.config["rotary_dimensions"], self.config["rotary_theta"]
        pairs = x[..., : n // 2] + 1j * x[..., n // 2 : n]
        turns = numpy.exp(1j * numpy.outer(numpy.arange(len(x)), theta ** (-2 * numpy.arange(n // 2) / n)))
        pairs = pairs * turns[:, None]
        return numpy.concatenate([pairs.real, pairs.imag, x[..., n:]], -1)

    def mlp(self, at, x, seen):
        hidden = seen[at + "hook_pre"] = self.linear(at + "in", x)
        act = {"relu": lambda a: numpy.maximum(a, 0), "silu": lambda a: a / (1 + numpy.exp(-a)),
               "gelu": numpy.vectorize(lambda a: a * 0.5 * (1 + math.erf(a / 2**0.5)))}[self.config["activation"]]
        hidden = act(hidden)
        if self.config["mlp"] == "gated":
            seen[at + "hook_pre_linear"] = self.linear(at + "up", x)
            hidden = hidden * seen[at + "hook_pre_linear"]
        seen[at + "hook_post"] = hidden
        return self.linear(at + "out", hidden)

    def linear(self, name, x):
        return x @ self.weights[name + ".weight"].T + self.weights.get(name + ".bias", 0)

    def norm(self, name, x):
        epsilon = self.config["norm_epsilon"]
        if self.config["norm"] == "layerNorm":
            x = x - x.mean(-1, keepdims=True)
        scaled = x / numpy.sqrt((x**2).mean(-1, keepdims=True) + epsilon)
        return scaled * self.weights[name + ".weight"] + self.weights.get(name + ".bias", 0)

    def cap(self, x, key):
        return x if key not in self.config else self.config[key] * numpy.tanh(x / self.config[key])
