#include "support.h"

/// Defines a loop of independent multiply-adds x = x · factor + addend on `COUNT` vectors of `BYTES` bytes.
///
/// COUNT covers latency times ports of every CPU in use (5 · 2) and leaves registers for the two constants: with fewer
/// chains the units wait, with more the values spill. The result is returned so that the work cannot be left out.
#define PEAK_LOOP(NAME, TARGET, BYTES, COUNT)                                                      \
  TARGET static float NAME(size_t steps, float factor, float addend) {                             \
    _Pragma("clang fp contract(fast)")                                                             \
    typedef float vector __attribute__((vector_size(BYTES)));                                      \
    vector x[COUNT], a, b;                                                                         \
    for (size_t l = 0; l < BYTES / sizeof(float); l++) a[l] = factor, b[l] = addend;               \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < COUNT; i++) x[i] = b * (float)(i + 1);  \
    for (size_t s = 0; s < steps; s++)                                                             \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < COUNT; i++) x[i] = x[i] * a + b;      \
    vector sum = x[0];                                                                             \
    _Pragma("clang loop unroll(full)") for (int i = 1; i < COUNT; i++) sum += x[i];                \
    float total = 0;                                                                               \
    for (size_t l = 0; l < BYTES / sizeof(float); l++) total += sum[l];                            \
    return total;                                                                                  \
  }

enum { WIDE = 24, NARROW = 12 };

PEAK_LOOP(peak_baseline, , 16, NARROW)

#if defined(__x86_64__)
PEAK_LOOP(peak_avx512, __attribute__((target("avx512f,fma"))), 64, WIDE)
PEAK_LOOP(peak_avx2, __attribute__((target("avx2,fma"))), 32, NARROW)

double probe_peak_work(size_t steps, float factor, float addend, float *result) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) {
    *result = peak_avx512(steps, factor, addend);
    return 2.0 * 16 * WIDE * (double)steps;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    *result = peak_avx2(steps, factor, addend);
    return 2.0 * 8 * NARROW * (double)steps;
  }
  *result = peak_baseline(steps, factor, addend);
  return 2.0 * 4 * NARROW * (double)steps;
}
#else
double probe_peak_work(size_t steps, float factor, float addend, float *result) {
  *result = peak_baseline(steps, factor, addend);
  return 2.0 * 4 * NARROW * (double)steps;
}
#endif
