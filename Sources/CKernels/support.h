// Shared by the kernel files: run-time dispatch, the vector exponential, the largest value.
#pragma once
#include "probe_kernels.h"
#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#define PROBE_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PROBE_KERNEL
#endif

/// Lets sums be reordered so that they vectorise: every kernel here is a reduction over independent terms.
#define PROBE_FAST_SUMS _Pragma("clang fp reassociate(on) contract(fast)")

/// For loops whose out[i] reads only x[i], y[i]: in place they carry no dependence, but the compiler's overlap check sees
/// `out == x` and falls back to the scalar loop, ten times slower.
#define PROBE_ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")

/// exp(x): 2^k · p(r) with k = round(x / ln 2), r = x − k ln 2 in [−ln2/2, ln2/2] (Cody–Waite in two parts)
/// and p the degree-6 minimax-like polynomial of Cephes expf. Inputs are clamped to [−87.3, 88.7].
static inline __attribute__((always_inline)) float probe_expf(float x) {
  x = x < -87.3f ? -87.3f : x;
  x = x > 88.7f ? 88.7f : x;
  // 1.5 · 2^23 pushes the fraction out of the mantissa: k is rounded and lies in the low bits, also for a NaN, whose
  // conversion to an integer would be undefined.
  const float magic = 12582912.0f;
  union { float value; uint32_t bits; } shifted = {x * 1.44269504088896341f + magic}, base = {magic};
  const float k = shifted.value - magic;
  float r = x - k * 0.693359375f;
  r = r - k * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  // k is in [−126, 128]; 2^128 overflows the exponent field, so the factor is applied in two halves.
  const int32_t whole = (int32_t)(shifted.bits - base.bits), half = whole >> 1;
  union { uint32_t bits; float value; } a = {(uint32_t)(half + 127) << 23}, b = {(uint32_t)(whole - half + 127) << 23};
  return p * a.value * b.value;
}

typedef float lanes __attribute__((vector_size(64)));
enum { LANES = 16 };

/// Largest value; a plain max-reduction does not vectorise, sixteen running maxima do.
static inline __attribute__((always_inline)) float probe_max(const float *x, size_t n) {
  float best = -INFINITY;
  size_t i = 0;
  if (n >= LANES) {
    lanes top;
    memcpy(&top, x, sizeof top);
    for (i = LANES; i + LANES <= n; i += LANES) {
      lanes next;
      memcpy(&next, x + i, sizeof next);
      top = __builtin_elementwise_max(top, next);
    }
    for (int l = 0; l < LANES; l++) best = top[l] > best ? top[l] : best;
  }
  for (; i < n; i++) best = x[i] > best ? x[i] : best;
  return best;
}
