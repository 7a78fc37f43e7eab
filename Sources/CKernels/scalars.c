#include "support.h"

PROBE_KERNEL size_t probe_f32_to_f16(const float *x, uint16_t *out, size_t n) {
  uint32_t overflowed = 0;
  for (size_t i = 0; i < n; i++) {
    const _Float16 h = (_Float16)x[i];
    uint16_t bits;
    uint32_t source;
    memcpy(&bits, &h, sizeof bits);
    memcpy(&source, x + i, sizeof source);
    out[i] = bits;
    overflowed += ((bits & 0x7fff) == 0x7c00) & ((source & 0x7f800000u) != 0x7f800000u);
  }
  return overflowed;
}

PROBE_KERNEL void probe_f16_to_f32(const uint16_t *x, float *out, size_t n) {
  for (size_t i = 0; i < n; i++) {
    _Float16 h;
    memcpy(&h, (const uint8_t *)x + 2 * i, sizeof h);
    out[i] = (float)h;
  }
}

PROBE_KERNEL size_t probe_f32_to_bf16(const float *x, uint16_t *out, size_t n) {
  uint32_t overflowed = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    const uint32_t finite = (bits & 0x7f800000u) != 0x7f800000u, nan = (bits & 0x7fffffffu) > 0x7f800000u;
    const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    // Rounding may carry a NaN's payload into infinity: keep it a quiet NaN.
    out[i] = (uint16_t)(nan ? ((bits >> 16) | 0x40u) : rounded);
    overflowed += finite & ((rounded & 0x7fffu) == 0x7f80u);
  }
  return overflowed;
}

PROBE_KERNEL void probe_bf16_to_f32(const uint16_t *x, float *out, size_t n) {
  for (size_t i = 0; i < n; i++) {
    // Byte by byte: in a damaged or foreign file the values may lie at odd addresses.
    uint16_t half;
    memcpy(&half, (const uint8_t *)x + 2 * i, sizeof half);
    const uint32_t bits = (uint32_t)half << 16;
    memcpy(out + i, &bits, sizeof bits);
  }
}

static inline __attribute__((always_inline)) float half_at(const uint8_t *bytes) {
  _Float16 h;
  memcpy(&h, bytes, sizeof h);
  return (float)h;
}

enum { BLOCK = 32 };

// d: half scale; 32 int8.
PROBE_KERNEL void probe_dequantize_q8_0(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 34, out += BLOCK) {
    const float d = half_at(blocks);
    for (int i = 0; i < BLOCK; i++) out[i] = (float)(int8_t)blocks[2 + i] * d;
  }
}

// d: half scale; 16 bytes of nibbles, low nibbles are values 0–15, high ones 16–31.
PROBE_KERNEL void probe_dequantize_q4_0(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 18, out += BLOCK) {
    const float d = half_at(blocks);
    for (int i = 0; i < 16; i++) {
      out[i] = (float)((blocks[2 + i] & 15) - 8) * d;
      out[i + 16] = (float)((blocks[2 + i] >> 4) - 8) * d;
    }
  }
}

// d, m: half scale and minimum; nibbles as above, x = q·d + m.
PROBE_KERNEL void probe_dequantize_q4_1(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 20, out += BLOCK) {
    const float d = half_at(blocks), m = half_at(blocks + 2);
    for (int i = 0; i < 16; i++) {
      out[i] = (float)(blocks[4 + i] & 15) * d + m;
      out[i + 16] = (float)(blocks[4 + i] >> 4) * d + m;
    }
  }
}

// d: half scale; 4 bytes hold the fifth bits of the 32 values; nibbles as above.
PROBE_KERNEL void probe_dequantize_q5_0(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 22, out += BLOCK) {
    const float d = half_at(blocks);
    uint32_t high;
    memcpy(&high, blocks + 2, sizeof high);
    for (int i = 0; i < 16; i++) {
      const int low = (blocks[6 + i] & 15) | (int)((high >> i) & 1u) << 4;
      const int top = (blocks[6 + i] >> 4) | (int)((high >> (i + 16)) & 1u) << 4;
      out[i] = (float)(low - 16) * d;
      out[i + 16] = (float)(top - 16) * d;
    }
  }
}

PROBE_KERNEL void probe_dequantize_q5_1(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 24, out += BLOCK) {
    const float d = half_at(blocks), m = half_at(blocks + 2);
    uint32_t high;
    memcpy(&high, blocks + 4, sizeof high);
    for (int i = 0; i < 16; i++) {
      const int low = (blocks[8 + i] & 15) | (int)((high >> i) & 1u) << 4;
      const int top = (blocks[8 + i] >> 4) | (int)((high >> (i + 16)) & 1u) << 4;
      out[i] = (float)low * d + m;
      out[i + 16] = (float)top * d + m;
    }
  }
}
