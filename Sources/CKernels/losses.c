#include "support.h"

PROBE_KERNEL double probe_cross_entropy(float *x, size_t stride, size_t rows, size_t columns, const int32_t *labels,
                                        float scale) {
  PROBE_FAST_SUMS
  double loss = 0;
  for (size_t r = 0; r < rows; r++) {
    float *row = x + r * stride;
    const float own = row[labels[r]];
    const float top = probe_max(row, columns);
    float sum = 0;
    for (size_t c = 0; c < columns; c++) {
      const float e = probe_expf(row[c] - top);
      row[c] = e;
      sum += e;
    }
    loss += (double)(logf(sum) + top - own);
    const float factor = scale / sum;
    for (size_t c = 0; c < columns; c++) row[c] *= factor;
    row[labels[r]] -= scale;
  }
  return loss;
}

PROBE_KERNEL double probe_ranking_hinge(const float *scores, const float *targets, const int32_t *first,
                                        const int32_t *last, size_t n, float scale, float *gradient) {
  PROBE_FAST_SUMS
  for (size_t i = 0; i < n; i++) gradient[i] = 0;
  double loss = 0;
  for (size_t i = 0; i < n; i++) {
    const float target = targets[i], score = scores[i];
    float sum = 0, count = 0;
    const size_t end = (size_t)last[i];
    PROBE_ELEMENTWISE
    for (size_t j = (size_t)first[i]; j < end; j++) {
      const float slack = 1.0f - score + scores[j];
      const float on = target > targets[j] && slack > 0.0f ? 1.0f : 0.0f;
      sum += on * slack;
      count += on;
      gradient[j] += on;
    }
    gradient[i] -= count;
    loss += (double)sum;
  }
  for (size_t i = 0; i < n; i++) gradient[i] *= scale;
  return loss;
}

PROBE_KERNEL void probe_adam(float *x, const float *gradient, float *first, float *second, size_t n, float beta1,
                             float beta2, float rate, float inverse_root, float epsilon) {
  PROBE_FAST_SUMS
  PROBE_ELEMENTWISE
  for (size_t i = 0; i < n; i++) {
    const float g = gradient[i];
    const float m = beta1 * first[i] + (1.0f - beta1) * g;
    const float v = beta2 * second[i] + (1.0f - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    x[i] -= rate * m / (__builtin_elementwise_sqrt(v) * inverse_root + epsilon);
  }
}

PROBE_KERNEL void probe_center(const float *x, const float *mean, float factor, size_t rows, size_t columns, float *out) {
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    float *target = out + r * columns;
    PROBE_ELEMENTWISE
    for (size_t c = 0; c < columns; c++) target[c] = (row[c] - mean[c]) * factor;
  }
}

PROBE_KERNEL void probe_differences(const float *x, size_t stride, size_t rows, size_t columns, float *out,
                                    float *norms) {
  PROBE_FAST_SUMS
  for (size_t r = 0; r + 1 < rows; r++) {
    const float *row = x + r * stride, *next = row + stride;
    float *target = out + r * columns;
    float sum = 0;
    for (size_t c = 0; c < columns; c++) {
      const float difference = next[c] - row[c];
      target[c] = difference;
      sum += difference * difference;
    }
    if (norms) norms[r] = sum;
  }
}

PROBE_KERNEL void probe_add_differences(const float *x, const float *factors, size_t rows, size_t columns, float *out,
                                        size_t stride) {
  PROBE_FAST_SUMS
  for (size_t r = 0; r + 1 < rows; r++) {
    const float *source = x + r * columns;
    float *target = out + r * stride, *next = target + stride;
    const float factor = factors ? factors[r] : 1.0f;
    PROBE_ELEMENTWISE
    for (size_t c = 0; c < columns; c++) {
      const float value = factor * source[c];
      target[c] -= value;
      next[c] += value;
    }
  }
}
