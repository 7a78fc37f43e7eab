#include "probe_openblas.h"
#include <dlfcn.h>
#include <stdlib.h>

/// OpenBLAS's name of the best kernel family for this CPU, or NULL to let it choose.
static const char *best_kernels(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512cd");
  if (avx512) return __builtin_cpu_supports("avx512bf16") ? "Cooperlake" : "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
#endif
  return NULL;
}

/// Sets a variable unless the user has; returns whether it was set here.
static int set_if_absent(const char *name, const char *value) {
  if (!value || getenv(name)) return 0;
  return setenv(name, value, 0) == 0;
}

static void *open_library(const char *name) { return dlopen(name, RTLD_NOW | RTLD_GLOBAL); }

const probe_openblas *probe_openblas_load(const char **error) {
  static probe_openblas table;
  static const probe_openblas *loaded;
  if (loaded) return loaded;

  const int chose_kernels = set_if_absent("OPENBLAS_CORETYPE", best_kernels());
  const int chose_threads = set_if_absent("OPENBLAS_NUM_THREADS", "1");
  void *blas = open_library("libopenblas.so.0");
  // The choice is for this process: children start with the environment the user gave.
  if (chose_kernels) unsetenv("OPENBLAS_CORETYPE");
  if (chose_threads) unsetenv("OPENBLAS_NUM_THREADS");
  void *lapack = blas ? open_library("liblapacke.so.3") : NULL;
  if (!blas || !lapack) {
    *error = dlerror();
    return NULL;
  }

  const struct {
    void *library;
    const char *name;
    void **target;
  } wanted[] = {
      {blas, "cblas_sgemm", (void **)&table.sgemm},
      {blas, "cblas_sgemv", (void **)&table.sgemv},
      {blas, "cblas_dsyrk", (void **)&table.dsyrk},
      {blas, "cblas_ssyrk", (void **)&table.ssyrk},
      {blas, "cblas_strsv", (void **)&table.strsv},
      {lapack, "LAPACKE_dsyevd", (void **)&table.dsyevd},
      {lapack, "LAPACKE_spotrf", (void **)&table.spotrf},
      {lapack, "LAPACKE_spotrs", (void **)&table.spotrs},
      {lapack, "LAPACKE_sgeqrf", (void **)&table.sgeqrf},
      {lapack, "LAPACKE_sormqr", (void **)&table.sormqr},
      {lapack, "LAPACKE_ssyevd", (void **)&table.ssyevd},
      {blas, "openblas_get_corename", (void **)&table.corename},
      {blas, "openblas_get_config", (void **)&table.config},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    *wanted[i].target = dlsym(wanted[i].library, wanted[i].name);
    if (!*wanted[i].target) {
      *error = dlerror();
      return NULL;
    }
  }
  void (*set_threads)(int) = (void (*)(int))dlsym(blas, "openblas_set_num_threads");
  if (set_threads) set_threads(1);
  // LAPACKE looks through every argument for NaN first, which costs as much as the smaller operations here.
  void (*check_nan)(int) = (void (*)(int))dlsym(lapack, "LAPACKE_set_nancheck");
  if (check_nan) check_nan(0);
  loaded = &table;
  return loaded;
}
