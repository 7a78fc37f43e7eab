// Vector kernels of the forward pass and of the store's scalar conversions.
//
// Each function is compiled for AVX-512 (x86-64-v4), AVX2 (x86-64-v3) and the baseline, and the
// loader picks one for the machine it runs on. All arrays are row-major float32 unless said otherwise,
// no function allocates, and `out` may be the same array as the input wherever both have the same type.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Tells the processor that this thread waits for another one's write.
static inline void probe_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// MARK: Elementwise

/// x[i] += y[i]
void probe_add(float *x, const float *y, size_t n);
/// out = x · sigmoid(x)
void probe_silu(const float *x, float *out, size_t n);
/// out = x · ½(1 + erf(x / √2)); |error of erf| ≤ 1.5e-7
void probe_gelu_erf(const float *x, float *out, size_t n);
/// out = ½x(1 + tanh(√(2/π)(x + 0.044715x³))), computed as x · sigmoid(2√(2/π)(x + 0.044715x³))
void probe_gelu_tanh(const float *x, float *out, size_t n);
/// out = max(x, 0)
void probe_relu(const float *x, float *out, size_t n);
/// out = x · y
void probe_multiply(const float *x, const float *y, float *out, size_t n);
/// out = silu(gate) · up
void probe_silu_multiply(const float *gate, const float *up, float *out, size_t n);
/// out = exp(x); relative error below 2 ulp for x in [−87, 88], saturating outside
void probe_exp(const float *x, float *out, size_t n);
/// x *= factor
void probe_scale(float *x, float factor, size_t n);
/// x = min(max(x, −limit), limit)
void probe_clamp(float *x, size_t n, float limit);
/// x = cap · tanh(scale · x / cap); |error of tanh| ≤ 2e-7
void probe_soft_cap(float *x, size_t n, float scale, float cap);

// MARK: Rows

/// Softmax over x[0..<n] in place after multiplying by `scale`.
void probe_softmax(float *x, size_t n, float scale);
/// log Σ exp(x)
float probe_log_sum_exp(const float *x, size_t n);
/// out = (x − mean) / √(variance + epsilon) · gain + bias, row by row; `scale` (per row, may be NULL)
/// receives √(variance + epsilon). `gain` and `bias` may be NULL.
void probe_layer_norm(const float *x, float *out, float *scale, const float *gain, const float *bias,
                      size_t rows, size_t columns, float epsilon);
/// out = x / √(mean(x²) + epsilon) · gain, row by row; `scale` as above.
void probe_rms_norm(const float *x, float *out, float *scale, const float *gain, size_t rows,
                    size_t columns, float epsilon);
/// Rotary positions, half-split convention: within each head of width `head`, the pair (i, i + rotary/2)
/// is turned by the angle whose cosine and sine stand in column i of `cosine` and `sine`
/// ([position, rotary/2]). `positions[r]` is the row's position; dimensions ≥ rotary pass unchanged.
void probe_rotary(const float *x, float *out, const float *cosine, const float *sine,
                  const int32_t *positions, size_t rows, size_t heads, size_t head, size_t rotary);
/// The same with neighbours as pairs: (2i, 2i + 1) is turned by column i.
void probe_rotary_neighbours(const float *x, float *out, const float *cosine, const float *sine,
                             const int32_t *positions, size_t rows, size_t heads, size_t head, size_t rotary);
/// Index of the first value that is NaN or infinite, or n.
size_t probe_first_non_finite(const float *x, size_t n);

// MARK: Products with a packed matrix
//
// A matrix [inputs, columns] is packed once into panels of 32 columns, `panel[k · 32 + column]`; the rows that are
// multiplied by it are packed for each product (`probe_pack_rows`), in the order in which the kernel of this machine
// reads them. A value of the product depends on its row and its column alone, bit for bit.

enum { PROBE_PANEL = 32 };

/// Packs x [rows, inputs], whose rows lie `stride` apart, into rows · inputs values.
void probe_pack_rows(const float *x, size_t stride, size_t rows, size_t inputs, float *packed);
/// Packs rows of a matrix that is stored [outputs, inputs] as columns `first`, `first` + 1, … of panels of
/// 32 · inputs values each.
void probe_pack_outputs(const float *w, size_t stride, size_t outputs, size_t inputs, float *panels, size_t first);
/// Packs rows of a matrix that is stored [inputs, outputs] as inputs `first`, `first` + 1, … of panels that begin
/// `panel_stride` values apart.
void probe_pack_inputs(const float *w, size_t stride, size_t inputs, size_t outputs, float *panels,
                       size_t panel_stride, size_t first);
/// out = alpha · x W + bias, or out += that, for packed rows x and `columns` columns of panels that begin `panel_stride`
/// values apart. Rows of out lie `stride` apart. `bias` may be NULL.
void probe_product(const float *packed, size_t rows, size_t inputs, const float *panels, size_t panel_stride,
                   size_t columns, float *out, size_t stride, float alpha, const float *bias, int adding);

// MARK: Losses and their descent

/// Σ −ln softmax(x)[label] over rows of x, `columns` values each and `stride` apart; replaces x by its gradient times
/// `scale`, scale · (softmax(x) − 1[label]). Labels are in [0, columns).
double probe_cross_entropy(float *x, size_t stride, size_t rows, size_t columns, const int32_t *labels, float scale);
/// Σ max(0, 1 − (scores[i] − scores[j])) over the pairs with targets[i] > targets[j] and first[i] ≤ j < last[i];
/// `gradient` receives its gradient by the scores times `scale`. Values are at most 2^24 apart in number.
double probe_ranking_hinge(const float *scores, const float *targets, const int32_t *first, const int32_t *last,
                           size_t n, float scale, float *gradient);
/// Adam (Kingma & Ba 2015): m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², x ← x − rate · m / (√v · inverse_root + ε). The
/// caller corrects the bias of m in `rate` and that of v in `inverse_root`.
void probe_adam(float *x, const float *gradient, float *first, float *second, size_t n, float beta1, float beta2,
                float rate, float inverse_root, float epsilon);
/// out = (x − mean) · factor, row by row; x and out are [rows, columns].
void probe_center(const float *x, const float *mean, float factor, size_t rows, size_t columns, float *out);
/// out[r] = x[r + 1] − x[r] and norms[r] = ‖out[r]‖² for r < rows − 1; rows of x lie `stride` apart. `norms` may be NULL.
void probe_differences(const float *x, size_t stride, size_t rows, size_t columns, float *out, float *norms);
/// out[r + 1] += factors[r] · x[r] and out[r] −= the same, for r < rows − 1: what a gradient by differences means for
/// their terms. Rows of out lie `stride` apart. `factors` may be NULL, for ones.
void probe_add_differences(const float *x, const float *factors, size_t rows, size_t columns, float *out,
                           size_t stride);

// MARK: Peak

/// Multiply-adds x = x · factor + addend that wait for nothing, as wide as the CPU has them (AVX-512, AVX2 with FMA, or
/// the baseline): `steps` on each of several independent vectors. Returns the number of floating-point operations (two a
/// multiply-add); over the time they took, that is the machine's float32 peak on this thread.
double probe_peak_work(size_t steps, float factor, float addend, float *result);

// MARK: Scalar types

/// float32 → IEEE half, round to nearest even. Returns the number of finite values that became infinite.
size_t probe_f32_to_f16(const float *x, uint16_t *out, size_t n);
void probe_f16_to_f32(const uint16_t *x, float *out, size_t n);
/// float32 → bfloat16, round to nearest even. Returns the number of finite values that became infinite.
size_t probe_f32_to_bf16(const float *x, uint16_t *out, size_t n);
void probe_bf16_to_f32(const uint16_t *x, float *out, size_t n);

// MARK: GGUF block formats, 32 values a block (ggml's block_q8_0, block_q4_0, …)

void probe_dequantize_q8_0(const uint8_t *blocks, float *out, size_t count);
void probe_dequantize_q4_0(const uint8_t *blocks, float *out, size_t count);
void probe_dequantize_q4_1(const uint8_t *blocks, float *out, size_t count);
void probe_dequantize_q5_0(const uint8_t *blocks, float *out, size_t count);
void probe_dequantize_q5_1(const uint8_t *blocks, float *out, size_t count);

// MARK: GGUF K-quants, 256 values a block (ggml's block_q2_K, …)

void probe_dequantize_q2_k(const uint8_t *blocks, float *out, size_t count);
void probe_dequantize_q3_k(const uint8_t *blocks, float *out, size_t count);
void probe_dequantize_q4_k(const uint8_t *blocks, float *out, size_t count);
void probe_dequantize_q5_k(const uint8_t *blocks, float *out, size_t count);
void probe_dequantize_q6_k(const uint8_t *blocks, float *out, size_t count);
