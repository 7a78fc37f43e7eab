#include "support.h"

PROBE_KERNEL void probe_add(float *x, const float *y, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) x[i] += y[i];
}

PROBE_KERNEL void probe_silu(const float *x, float *out, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) out[i] = x[i] / (1.0f + probe_expf(-x[i]));
}

/// erf by Abramowitz & Stegun 7.1.26: 1 − (a₁t + … + a₅t⁵)e^(−x²), t = 1/(1 + 0.3275911x), odd in x.
static inline __attribute__((always_inline)) float probe_erff(float x) {
  const float a = __builtin_fabsf(x), t = 1.0f / (1.0f + 0.3275911f * a);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  return __builtin_copysignf(1.0f - p * t * probe_expf(-a * a), x);
}

PROBE_KERNEL void probe_gelu_erf(const float *x, float *out, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) out[i] = 0.5f * x[i] * (1.0f + probe_erff(x[i] * 0.70710678118654752f));
}

PROBE_KERNEL void probe_gelu_tanh(const float *x, float *out, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) {
    const float u = 1.5957691216057308f * (x[i] + 0.044715f * x[i] * x[i] * x[i]);
    out[i] = x[i] / (1.0f + probe_expf(-u));
  }
}

PROBE_KERNEL void probe_relu(const float *x, float *out, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) out[i] = x[i] > 0 ? x[i] : 0;
}

PROBE_KERNEL void probe_multiply(const float *x, const float *y, float *out, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) out[i] = x[i] * y[i];
}

PROBE_KERNEL void probe_silu_multiply(const float *gate, const float *up, float *out, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) out[i] = gate[i] / (1.0f + probe_expf(-gate[i])) * up[i];
}

PROBE_KERNEL void probe_exp(const float *x, float *out, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) out[i] = probe_expf(x[i]);
}

PROBE_KERNEL void probe_scale(float *x, float factor, size_t n) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) x[i] *= factor;
}

PROBE_KERNEL void probe_clamp(float *x, size_t n, float limit) {
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) {
    const float low = x[i] < -limit ? -limit : x[i];
    x[i] = low > limit ? limit : low;
  }
}

/// tanh(x) = (1 − e^(−2|x|)) / (1 + e^(−2|x|)), odd in x; near 0, where the difference cancels, its series.
static inline __attribute__((always_inline)) float probe_tanhf(float x) {
  const float a = __builtin_fabsf(x), e = probe_expf(-2.0f * a), square = x * x;
  const float near = x * (1.0f + square * (-0.33333333f + square * (0.13333333f - square * 0.053968254f)));
  return a < 0.2f ? near : __builtin_copysignf((1.0f - e) / (1.0f + e), x);
}

PROBE_KERNEL void probe_soft_cap(float *x, size_t n, float scale, float cap) {
  const float inverse = 1.0f / cap;
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) x[i] = cap * probe_tanhf(x[i] * scale * inverse);
}
