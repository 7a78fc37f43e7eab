#include "support.h"

PROBE_KERNEL void probe_softmax(float *x, size_t n, float scale) {
  PROBE_FAST_SUMS
  const float top = probe_max(x, n) * scale;
  float sum = 0;
  for (size_t i = 0; i < n; i++) {
    const float e = probe_expf(x[i] * scale - top);
    x[i] = e;
    sum += e;
  }
  const float inverse = 1.0f / sum;
  for (size_t i = 0; i < n; i++) x[i] *= inverse;
}

PROBE_KERNEL float probe_log_sum_exp(const float *x, size_t n) {
  PROBE_FAST_SUMS
  const float top = probe_max(x, n);
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += probe_expf(x[i] - top);
  return top + logf(sum);
}

PROBE_KERNEL void probe_layer_norm(const float *x, float *out, float *scale, const float *gain,
                                   const float *bias, size_t rows, size_t columns, float epsilon) {
  PROBE_FAST_SUMS
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    float *target = out + r * columns;
    float sum = 0, squares = 0;
    for (size_t c = 0; c < columns; c++) sum += row[c];
    const float mean = sum / (float)columns;
    for (size_t c = 0; c < columns; c++) squares += (row[c] - mean) * (row[c] - mean);
    const float deviation = sqrtf(squares / (float)columns + epsilon), inverse = 1.0f / deviation;
    if (scale) scale[r] = deviation;
    if (gain && bias)
      PROBE_ELEMENTWISE
      for (size_t c = 0; c < columns; c++) target[c] = (row[c] - mean) * inverse * gain[c] + bias[c];
    else if (gain)
      PROBE_ELEMENTWISE
      for (size_t c = 0; c < columns; c++) target[c] = (row[c] - mean) * inverse * gain[c];
    else
      PROBE_ELEMENTWISE
      for (size_t c = 0; c < columns; c++) target[c] = (row[c] - mean) * inverse;
  }
}

PROBE_KERNEL void probe_rms_norm(const float *x, float *out, float *scale, const float *gain,
                                 size_t rows, size_t columns, float epsilon) {
  PROBE_FAST_SUMS
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    float *target = out + r * columns;
    float squares = 0;
    for (size_t c = 0; c < columns; c++) squares += row[c] * row[c];
    const float deviation = sqrtf(squares / (float)columns + epsilon), inverse = 1.0f / deviation;
    if (scale) scale[r] = deviation;
    if (gain)
      PROBE_ELEMENTWISE
      for (size_t c = 0; c < columns; c++) target[c] = row[c] * inverse * gain[c];
    else
      PROBE_ELEMENTWISE
      for (size_t c = 0; c < columns; c++) target[c] = row[c] * inverse;
  }
}

PROBE_KERNEL void probe_rotary(const float *x, float *out, const float *cosine, const float *sine,
                               const int32_t *positions, size_t rows, size_t heads, size_t head,
                               size_t rotary) {
  const size_t half = rotary / 2;
  for (size_t r = 0; r < rows; r++) {
    const float *c = cosine + (size_t)positions[r] * half, *s = sine + (size_t)positions[r] * half;
    for (size_t h = 0; h < heads; h++) {
      const float *from = x + (r * heads + h) * head;
      float *to = out + (r * heads + h) * head;
      PROBE_ELEMENTWISE
      for (size_t i = 0; i < half; i++) {
        const float a = from[i], b = from[i + half];
        to[i] = a * c[i] - b * s[i];
        to[i + half] = b * c[i] + a * s[i];
      }
      if (to != from)
        for (size_t i = rotary; i < head; i++) to[i] = from[i];
    }
  }
}

PROBE_KERNEL void probe_rotary_neighbours(const float *x, float *out, const float *cosine, const float *sine,
                                          const int32_t *positions, size_t rows, size_t heads, size_t head,
                                          size_t rotary) {
  const size_t half = rotary / 2;
  for (size_t r = 0; r < rows; r++) {
    const float *c = cosine + (size_t)positions[r] * half, *s = sine + (size_t)positions[r] * half;
    for (size_t h = 0; h < heads; h++) {
      const float *from = x + (r * heads + h) * head;
      float *to = out + (r * heads + h) * head;
      PROBE_ELEMENTWISE
      for (size_t i = 0; i < half; i++) {
        const float a = from[2 * i], b = from[2 * i + 1];
        to[2 * i] = a * c[i] - b * s[i];
        to[2 * i + 1] = b * c[i] + a * s[i];
      }
      if (to != from)
        for (size_t i = rotary; i < head; i++) to[i] = from[i];
    }
  }
}

PROBE_KERNEL size_t probe_first_non_finite(const float *x, size_t n) {
  for (size_t start = 0; start < n; start += 4096) {
    const size_t end = start + 4096 < n ? start + 4096 : n;
    uint32_t bad = 0;
    for (size_t i = start; i < end; i++) {
      uint32_t bits;
      memcpy(&bits, x + i, sizeof bits);
      bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    if (bad)
      for (size_t i = start; i < end; i++)
        if (!__builtin_isfinite(x[i])) return i;
  }
  return n;
}
