"""Prints what Tests/ProbeModelTests/TwinTests.swift expects of one drawn tensor: its first values and its SHA-256.

Usage: python initial_draws.py     (numpy and a C library with a float32 logarithm)

The method a second time, from its description: xoshiro256** seeded through SplitMix64 from the seed and FNV-1a over the
stream's names, one stream for every 65,536 values, and Marsaglia's polar method in float32.
"""

import ctypes
import hashlib

import numpy as np

MASK = (1 << 64) - 1
logf = ctypes.CDLL("libm.so.6").logf
logf.restype, logf.argtypes = ctypes.c_float, [ctypes.c_float]


def stream(seed, *names):
    hash_ = 0xcbf29ce484222325
    for name in names:
        for byte in name.encode() + b"\xff":
            hash_ = (hash_ ^ byte) * 0x100000001b3 & MASK
    mixer, state = seed ^ hash_, []
    for _ in range(4):
        mixer = mixer + 0x9e3779b97f4a7c15 & MASK
        z = (mixer ^ mixer >> 30) * 0xbf58476d1ce4e5b9 & MASK
        z = (z ^ z >> 27) * 0x94d049bb133111eb & MASK
        state.append(z ^ z >> 31)

    def rotate(x, k):
        return (x << k | x >> 64 - k) & MASK
    while True:
        yield rotate(state[1] * 5 & MASK, 7) * 9 & MASK
        t = state[1] << 17 & MASK
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= t
        state[3] = rotate(state[3], 45)


def normals(bits, count, deviation):
    f, values = np.float32, []
    while len(values) < count:
        word = next(bits)
        x, y = (f(np.int32(np.uint32(half))) * f(2.0**-31) for half in (word >> 32, word & 0xffffffff))
        square = f(x * x) + f(y * y)
        if not 0 < square < 1:
            continue
        scale = f(deviation) * np.sqrt(f(-2) * f(logf(square)) / square)
        values += [x * scale, y * scale]
    return values[:count]


def tensor(seed, name, count, deviation):
    values = []
    for chunk in range(-(-count // 65536)):
        bits = stream(seed, "initial weights", name, str(chunk))
        values += normals(bits, min(65536, count - 65536 * chunk), deviation)
    return np.array(values, dtype="<f4")


drawn = tensor(7, "h.0.attn.c_attn.weight", 200 * 700, 0.02)
print([float(value) for value in drawn[:4]], float(drawn[-1]))
print(hashlib.sha256(drawn.tobytes()).hexdigest())
