// OpenBLAS and LAPACKE, loaded at run time.
//
// Linked in the ordinary way, OpenBLAS picks its kernels before `main` and picks SSE3 ones on a CPU that is newer than
// the library (0.3.21 on an Emerald Rapids: 30 times slower than its own AVX-512 kernels on the same machine). The
// choice can only be made for it through the environment before the library is loaded, so it is loaded here.
#pragma once
#include <cblas.h>
#include <lapacke.h>

/// The functions that ProbeMath calls, with the types of the system's headers.
typedef struct {
  __typeof__(&cblas_sgemm) sgemm;
  __typeof__(&cblas_sgemv) sgemv;
  __typeof__(&cblas_dsyrk) dsyrk;
  __typeof__(&cblas_ssyrk) ssyrk;
  __typeof__(&cblas_strsv) strsv;
  __typeof__(&LAPACKE_dsyevd) dsyevd;
  __typeof__(&LAPACKE_spotrf) spotrf;
  __typeof__(&LAPACKE_spotrs) spotrs;
  __typeof__(&LAPACKE_sgeqrf) sgeqrf;
  __typeof__(&LAPACKE_sormqr) sormqr;
  __typeof__(&LAPACKE_ssyevd) ssyevd;
  __typeof__(&openblas_get_corename) corename;
  __typeof__(&openblas_get_config) config;
} probe_openblas;

/// Loads both libraries on first use, single-threaded and with the best kernels for this CPU, unless
/// OPENBLAS_CORETYPE names some. NULL when a library or a function is missing; `*error` then says which.
/// Not safe to call for the first time on two threads at once.
const probe_openblas *probe_openblas_load(const char **error);
