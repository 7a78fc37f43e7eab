// Products with a packed matrix. Legend: x [rows, inputs] times W [inputs, columns].
//
// A tile of out keeps its sums in registers over all inputs, one after the other: a value's bits depend on its row of x
// and its column of W, and on nothing else. How many rows stand beside it, how they are divided among threads and which
// points are observed cannot change them.
#include "support.h"

#pragma clang fp contract(fast)

enum { PANEL = PROBE_PANEL, GROUP = 4 * PANEL, MOST_ROWS = 14 };

typedef struct {
  float *out;
  size_t stride;
  float alpha;
  const float *bias;
  int adding;
} Target;

/// Computes `columns` (at most as many as the tile is wide) of `M` rows.
typedef void (*Tile)(size_t inputs, const float *x, const float *panel, Target target, size_t columns);

/// What a row of a tile leaves: out = alpha · sum + bias, or out += that.
static inline __attribute__((always_inline)) void finish(Target target, size_t row, const float *sums, size_t columns) {
  float *out = target.out + row * target.stride;
  for (size_t c = 0; c < columns; c++) {
    const float value = target.alpha * sums[c] + (target.bias ? target.bias[c] : 0);
    out[c] = target.adding ? out[c] + value : value;
  }
}

/// A tile of M rows and two vectors of `LANES` columns. Columns of the panel beyond the matrix hold anything; their sums
/// are dropped.
#define TILE(NAME, M, LANES, TARGET)                                                                      \
  TARGET static void NAME##_##M(size_t inputs, const float *restrict x, const float *restrict panel,      \
                                Target target, size_t columns) {                                          \
    typedef float Lanes __attribute__((vector_size(4 * LANES), aligned(4)));                              \
    Lanes left[M], right[M];                                                                              \
    /* What is written at the end is fetched now: out is rarely in the cache, and stores would wait for it. */ \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < M; i++) {                                      \
      __builtin_prefetch(target.out + (size_t)i * target.stride, 1);                                      \
      if (LANES == 16) __builtin_prefetch(target.out + (size_t)i * target.stride + LANES, 1);             \
    }                                                                                                     \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < M; i++) left[i] = right[i] = (Lanes){0};       \
    for (size_t k = 0; k < inputs; k++, panel += PANEL, x += M) {                                         \
      const Lanes a = *(const Lanes *)panel, b = *(const Lanes *)(panel + LANES);                         \
      __builtin_prefetch(panel + 16 * PANEL);                                                             \
      if (LANES == 16) __builtin_prefetch(panel + 16 * PANEL + LANES);                                    \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < M; i++) {                                    \
        const Lanes value = x[i] - (Lanes){0};                                                            \
        left[i] += value * a;                                                                             \
        right[i] += value * b;                                                                            \
      }                                                                                                   \
    }                                                                                                     \
    if (columns < 2 * LANES) {                                                                            \
      float sums[2 * LANES];                                                                              \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < M; i++) {                                    \
        memcpy(sums, &left[i], sizeof left[i]);                                                           \
        memcpy(sums + LANES, &right[i], sizeof right[i]);                                                 \
        finish(target, (size_t)i, sums, columns);                                                         \
      }                                                                                                   \
      return;                                                                                             \
    }                                                                                                     \
    const Lanes alpha = target.alpha - (Lanes){0};                                                        \
    const Lanes p = target.bias ? *(const Lanes *)target.bias : (Lanes){0};                               \
    const Lanes q = target.bias ? *(const Lanes *)(target.bias + LANES) : (Lanes){0};                     \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < M; i++) {                                      \
      Lanes *first = (Lanes *)(target.out + (size_t)i * target.stride), *second = first + 1;              \
      const Lanes u = alpha * left[i] + p, v = alpha * right[i] + q;                                      \
      *first = target.adding ? *first + u : u;                                                            \
      *second = target.adding ? *second + v : v;                                                          \
    }                                                                                                     \
  }

#define SIX_TILES(NAME, LANES, TARGET)                                                              \
  TILE(NAME, 1, LANES, TARGET)                                                                      \
  TILE(NAME, 2, LANES, TARGET)                                                                      \
  TILE(NAME, 3, LANES, TARGET)                                                                      \
  TILE(NAME, 4, LANES, TARGET)                                                                      \
  TILE(NAME, 5, LANES, TARGET)                                                                      \
  TILE(NAME, 6, LANES, TARGET)

/// The tiles of one instruction set, as many rows as its registers hold.
typedef struct {
  size_t rows, columns;
  Tile tiles[MOST_ROWS + 1];
} Tiles;

#if defined(__x86_64__)
#define V4 __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define V3 __attribute__((target("arch=x86-64-v3")))
SIX_TILES(v4, 16, V4)
TILE(v4, 7, 16, V4)
TILE(v4, 8, 16, V4)
TILE(v4, 9, 16, V4)
TILE(v4, 10, 16, V4)
TILE(v4, 11, 16, V4)
TILE(v4, 12, 16, V4)
TILE(v4, 13, 16, V4)
TILE(v4, 14, 16, V4)
SIX_TILES(v3, 8, V3)
static const Tiles v4 = {14,
                         32,
                         {0, v4_1, v4_2, v4_3, v4_4, v4_5, v4_6, v4_7, v4_8, v4_9, v4_10, v4_11, v4_12, v4_13,
                          v4_14}};
static const Tiles v3 = {6, 16, {0, v3_1, v3_2, v3_3, v3_4, v3_5, v3_6}};
#endif
SIX_TILES(plain, 4, )
static const Tiles plain = {6, 8, {0, plain_1, plain_2, plain_3, plain_4, plain_5, plain_6}};

static const Tiles *tiles(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return &v4;
  if (__builtin_cpu_supports("x86-64-v3")) return &v3;
#endif
  return &plain;
}

/// Rows are divided evenly among as few tiles as hold them: 64 rows are four tiles of 13 and one of 12, not four of 14 and
/// one of 8.
static size_t tile_count(size_t rows, const Tiles *t) { return (rows + t->rows - 1) / t->rows; }

void probe_product(const float *packed, size_t rows, size_t inputs, const float *panels, size_t panel_stride,
                   size_t columns, float *out, size_t stride, float alpha, const float *bias, int adding) {
  const Tiles *t = tiles();
  const size_t count = tile_count(rows, t);
  // A few panels at a time against every tile of rows: the panels stay in the second-level cache, and rows of out are
  // written in longer pieces, which counts where out is wide (5% of an unembedding).
  for (size_t start = 0; start < columns; start += GROUP) {
    const size_t end = columns - start < GROUP ? columns : start + GROUP;
    for (size_t i = 0; i < count; i++) {
      const size_t first = rows * i / count, height = rows * (i + 1) / count - first;
      for (size_t c = start; c < end; c += t->columns) {
        const size_t width = end - c < t->columns ? end - c : t->columns;
        const float *panel = panels + c / PANEL * panel_stride + c % PANEL;
        const Target target = {out + first * stride + c, stride, alpha, bias ? bias + c : NULL, adding};
        t->tiles[height](inputs, packed + first * inputs, panel, target, width);
      }
    }
  }
}

/// to[k · width + i] = x[i · stride + k] for `count` rows i of x.
static void interleave_plain(const float *x, size_t stride, size_t count, size_t first, size_t inputs, float *to,
                             size_t width) {
  for (size_t k = first; k < inputs; k++)
    for (size_t i = 0; i < count; i++) to[k * width + i] = x[i * stride + k];
}

#if defined(__x86_64__)
#include <immintrin.h>

/// Transposes 16 × 16 values in registers.
V4 static inline __attribute__((always_inline)) void transpose(__m512 r[16]) {
  __m512 t[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
    r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 8) {
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
      t[i + j] = _mm512_shuffle_f32x4(r[i + j], r[i + j + 4], 0x88);
      t[i + j + 4] = _mm512_shuffle_f32x4(r[i + j], r[i + j + 4], 0xdd);
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) {
    r[j] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0x88);
    r[j + 8] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0xdd);
  }
}

V4 static void interleave_v4(const float *x, size_t stride, size_t count, size_t inputs, float *to, size_t width) {
  size_t k = 0;
  for (; k + 16 <= inputs; k += 16)
    for (size_t i = 0; i < count; i += 16) {
      const size_t rows = count - i < 16 ? count - i : 16;
      const __mmask16 mask = (__mmask16)(0xffffu >> (16 - rows));
      __m512 r[16];
#pragma clang loop unroll(full)
      for (size_t j = 0; j < 16; j++)
        r[j] = j < rows ? _mm512_loadu_ps(x + (i + j) * stride + k) : _mm512_setzero_ps();
      transpose(r);
#pragma clang loop unroll(full)
      for (size_t j = 0; j < 16; j++) _mm512_mask_storeu_ps(to + (k + j) * width + i, mask, r[j]);
    }
  interleave_plain(x, stride, count, k, inputs, to, width);
}
#endif

static void interleave(const float *x, size_t stride, size_t count, size_t inputs, float *to, size_t width,
                       const Tiles *t) {
#if defined(__x86_64__)
  if (t == &v4) return interleave_v4(x, stride, count, inputs, to, width);
#endif
  (void)t;
  interleave_plain(x, stride, count, 0, inputs, to, width);
}

void probe_pack_rows(const float *x, size_t stride, size_t rows, size_t inputs, float *packed) {
  const Tiles *t = tiles();
  const size_t count = tile_count(rows, t);
  for (size_t i = 0; i < count; i++) {
    const size_t first = rows * i / count, height = rows * (i + 1) / count - first;
    interleave(x + first * stride, stride, height, inputs, packed + first * inputs, height, t);
  }
}

void probe_pack_outputs(const float *w, size_t stride, size_t outputs, size_t inputs, float *panels,
                        size_t first) {
  const Tiles *t = tiles();
  for (size_t done = 0; done < outputs;) {
    const size_t place = (first + done) % PANEL, room = PANEL - place;
    const size_t count = outputs - done < room ? outputs - done : room;
    interleave(w + done * stride, stride, count, inputs, panels + (first + done) / PANEL * PANEL * inputs + place,
               PANEL, t);
    done += count;
  }
}

void probe_pack_inputs(const float *w, size_t stride, size_t inputs, size_t outputs, float *panels,
                       size_t panel_stride, size_t first) {
  for (size_t c = 0; c < outputs; c += PANEL) {
    const size_t count = outputs - c < PANEL ? outputs - c : PANEL;
    float *panel = panels + c / PANEL * panel_stride + first * PANEL;
    for (size_t k = 0; k < inputs; k++) memcpy(panel + k * PANEL, w + k * stride + c, count * sizeof(float));
  }
}
