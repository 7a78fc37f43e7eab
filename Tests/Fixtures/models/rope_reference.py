"""Rotary rates from their published formulas in float64, to check the activations that a library computes.

linear: Chen et al. 2023; dynamic: NTK-aware interpolation; llama3: Llama 3.1; yarn: Peng et al. 2023;
longrope: Ding et al. 2024.
"""

import math

import torch


def rates(config, d_head, length):
    """(angle per position of each pair, factor on the turned dimensions, whether pairs are neighbours)."""
    if hasattr(config, "rotary_dim"):
        return base_rates(10000.0, config.rotary_dim), 1.0, True
    rope = config.rope_parameters
    dim = int(d_head * rope.get("partial_rotary_factor", 1.0))
    plain = base_rates(rope["rope_theta"], dim)
    scaled = SCALINGS[rope["rope_type"]](plain, rope, config, length)
    return *scaled, False


def base_rates(theta, dim):
    return theta ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def dynamic(plain, rope, config, length):
    trained, dim = config.max_position_embeddings, 2 * len(plain)
    stretch = rope["factor"] * max(length, trained) / trained - (rope["factor"] - 1)
    return base_rates(rope["rope_theta"] * stretch ** (dim / (dim - 2)), dim), 1.0


def llama3(plain, rope, config, length):
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    turns = rope["original_max_position_embeddings"] * plain / (2 * math.pi)
    keep = ((turns - low) / (high - low)).clamp(0, 1)
    assert (keep == 0).any() and (keep == 1).any() and ((keep > 0) & (keep < 1)).any(), "a branch is not used"
    return plain * (keep + (1 - keep) / rope["factor"]), 1.0


def yarn(plain, rope, config, length):
    def pair_of(turns):
        span = rope["original_max_position_embeddings"] / (2 * math.pi * turns)
        return len(plain) * math.log(span) / math.log(rope["rope_theta"])

    def temperature(scale):
        return 0.1 * scale * math.log(rope["factor"]) + 1

    low, high = pair_of(rope.get("beta_fast", 32)), pair_of(rope.get("beta_slow", 1))
    if rope.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, 2 * len(plain) - 1)
    ramp = ((torch.arange(len(plain), dtype=torch.float64) - low) / (high - low)).clamp(0, 1)
    assert ((ramp > 0) & (ramp < 1)).any(), "no pair is between the two regimes"
    factor = rope.get("attention_factor")
    if factor is None and "mscale" in rope:
        factor = temperature(rope["mscale"]) / temperature(rope["mscale_all_dim"])
    return plain * (1 - ramp + ramp / rope["factor"]), factor or temperature(1)


def longrope(plain, rope, config, length):
    trained = rope["original_max_position_embeddings"]
    factors = rope["long_factor" if length > trained else "short_factor"]
    stretch = config.max_position_embeddings / trained
    assert "factor" not in rope and "attention_factor" not in rope
    factor = math.sqrt(1 + math.log(stretch) / math.log(trained))
    return plain / torch.tensor(factors, dtype=torch.float64), factor


SCALINGS = {
    "default": lambda plain, rope, config, length: (plain, 1.0),
    "linear": lambda plain, rope, config, length: (plain / rope["factor"], 1.0),
    "dynamic": dynamic, "llama3": llama3, "yarn": yarn, "longrope": longrope,
}


def rotate(x, config):
    """[position, head, dHead] turned by position; what the rates do not cover passes unchanged."""
    rate, factor, neighbours = rates(config, x.shape[-1], len(x))
    count = len(rate)
    angle = torch.arange(len(x), dtype=torch.float64)[:, None, None] * rate
    cos, sin = angle.cos() * factor, angle.sin() * factor
    turned, rest = x[..., : 2 * count].double(), x[..., 2 * count :].double()
    if neighbours:
        first, second = turned[..., 0::2], turned[..., 1::2]
        both = torch.stack((first * cos - second * sin, second * cos + first * sin), -1).flatten(-2)
    else:
        first, second = turned[..., :count], turned[..., count:]
        both = torch.cat((first * cos - second * sin, second * cos + first * sin), -1)
    return torch.cat((both, rest), -1).float()
