// ggml's K-quants: 256 values a block, divided into parts of 16 or 32 with a small integer scale (and minimum) each,
// which half-precision numbers of the block turn into real ones.
//
// Every product here is exact in float32 (an 11-bit half times a scale and a value of at most 7 and 5 bits), so only
// the difference d·scale·q − m·minimum rounds, once: any order, fused or not, gives the same bits.
#include "support.h"

enum { BLOCK = 256 };

static inline __attribute__((always_inline)) float half_at(const uint8_t *bytes) {
  _Float16 h;
  memcpy(&h, bytes, sizeof h);
  return (float)h;
}

// 16 bytes (scale in the low nibble, minimum in the high one, per 16 values); 64 bytes of 2-bit values; d, m.
PROBE_KERNEL void probe_dequantize_q2_k(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 84, out += BLOCK) {
    const uint8_t *values = blocks + 16;
    const float d = half_at(blocks + 80), m = half_at(blocks + 82);
    for (int part = 0; part < 16; part++) {
      const float scale = d * (float)(blocks[part] & 15), minimum = m * (float)(blocks[part] >> 4);
      // 32 bytes serve 128 values: four layers of 2 bits, each layer two parts wide.
      const uint8_t *bytes = values + part / 8 * 32 + part % 2 * 16;
      const int shift = part % 8 / 2 * 2;
      for (int i = 0; i < 16; i++)
        out[part * 16 + i] = scale * (float)((bytes[i] >> shift) & 3) - minimum;
    }
  }
}

// 32 bytes of third bits; 64 bytes of low bits, ordered as above; 12 bytes of 6-bit scales, offset by 32; d.
PROBE_KERNEL void probe_dequantize_q3_k(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 110, out += BLOCK) {
    const uint8_t *values = blocks + 32, *scales = blocks + 96;
    const float d = half_at(blocks + 108);
    for (int part = 0; part < 16; part++) {
      const int low = (scales[part % 8] >> (part / 8 * 4)) & 15;
      const int high = (scales[8 + part % 4] >> (part / 4 * 2)) & 3;
      const float scale = d * (float)((low | high << 4) - 32);
      const uint8_t *bytes = values + part / 8 * 32 + part % 2 * 16, *third = blocks + part % 2 * 16;
      const int shift = part % 8 / 2 * 2, layer = part / 2;
      // A third bit that is not set stands for −4.
      for (int i = 0; i < 16; i++)
        out[part * 16 + i] =
            scale * (float)(((bytes[i] >> shift) & 3) - (((third[i] >> layer) & 1) ^ 1) * 4);
    }
  }
}

// The 6-bit scale and minimum of part 0–7 from the 12 bytes that Q4_K and Q5_K pack them into: the first four of each
// lie in the low six bits of bytes 0–3 and 4–7, the last four in the nibbles of 8–11 and the top bits of the former.
static inline __attribute__((always_inline)) void packed_scale(const uint8_t *packed, int part, float *scale,
                                                               float *minimum) {
  if (part < 4) {
    *scale = (float)(packed[part] & 63);
    *minimum = (float)(packed[part + 4] & 63);
  } else {
    *scale = (float)((packed[part + 4] & 15) | (packed[part - 4] >> 6) << 4);
    *minimum = (float)((packed[part + 4] >> 4) | (packed[part] >> 6) << 4);
  }
}

// d, m; 12 bytes of scales and minima per 32 values; 128 bytes of nibbles, 32 bytes serve 64 values.
PROBE_KERNEL void probe_dequantize_q4_k(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 144, out += BLOCK) {
    const float d = half_at(blocks), m = half_at(blocks + 2);
    for (int part = 0; part < 8; part++) {
      float scale, minimum;
      packed_scale(blocks + 4, part, &scale, &minimum);
      scale *= d;
      minimum *= m;
      const uint8_t *bytes = blocks + 16 + part / 2 * 32;
      const int shift = part % 2 * 4;
      for (int i = 0; i < 32; i++)
        out[part * 32 + i] = scale * (float)((bytes[i] >> shift) & 15) - minimum;
    }
  }
}

// As Q4_K, with 32 bytes of fifth bits before the nibbles: bit `part` of byte i belongs to value i of the part.
PROBE_KERNEL void probe_dequantize_q5_k(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 176, out += BLOCK) {
    const float d = half_at(blocks), m = half_at(blocks + 2);
    const uint8_t *fifth = blocks + 16;
    for (int part = 0; part < 8; part++) {
      float scale, minimum;
      packed_scale(blocks + 4, part, &scale, &minimum);
      scale *= d;
      minimum *= m;
      const uint8_t *bytes = blocks + 48 + part / 2 * 32;
      const int shift = part % 2 * 4;
      for (int i = 0; i < 32; i++)
        out[part * 32 + i] =
            scale * (float)(((bytes[i] >> shift) & 15) | ((fifth[i] >> part) & 1) << 4) - minimum;
    }
  }
}

// 128 bytes of low nibbles; 64 bytes of the two high bits; 16 signed scales, one per 16 values; d.
PROBE_KERNEL void probe_dequantize_q6_k(const uint8_t *blocks, float *out, size_t count) {
  for (size_t b = 0; b < count; b++, blocks += 210, out += BLOCK) {
    const float d = half_at(blocks + 208);
    for (int part = 0; part < 16; part++) {
      const float scale = d * (float)(int8_t)blocks[192 + part];
      // 64 bytes of nibbles serve 128 values, low nibbles first; 32 bytes of high bits serve 128 in four layers.
      const uint8_t *low = blocks + part / 8 * 64 + part % 4 * 16;
      const uint8_t *high = blocks + 128 + part / 8 * 32 + part % 2 * 16;
      const int nibble = part % 8 / 4 * 4, layer = part % 8 / 2 * 2;
      for (int i = 0; i < 16; i++)
        out[part * 16 + i] =
            scale * (float)((((low[i] >> nibble) & 15) | ((high[i] >> layer) & 3) << 4) - 32);
    }
  }
}
