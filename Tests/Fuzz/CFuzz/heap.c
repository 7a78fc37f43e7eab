// malloc and its relatives, counting. The linker takes these before the C library's, for every module of the
// process; the C library's own stand behind `__libc_…`.
#include "CFuzz.h"

#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static _Atomic int64_t live;
static _Atomic int64_t peak;
static _Atomic int64_t limit = INT64_MAX;
static uint64_t *_Atomic exceeded;
static _Atomic int explains;

// Ends the process when `size` more bytes are too many: before they are there, so that a claim of a terabyte costs
// nothing.
static void check(size_t size) {
  int64_t allowed = atomic_load_explicit(&limit, memory_order_relaxed);
  if (allowed == INT64_MAX) return;
  int64_t held = atomic_load_explicit(&live, memory_order_relaxed);
  if (size <= (size_t)INT64_MAX && held <= allowed && (int64_t)size <= allowed - held) return;
  atomic_store(&limit, INT64_MAX);
  uint64_t *place = atomic_load(&exceeded);
  if (place) *place = (uint64_t)held + size;
  if (atomic_load(&explains)) {
    void *frames[64];
    backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
  }
  _exit(FUZZ_EXIT_MEMORY);
}

static void add(int64_t size) {
  int64_t now = atomic_fetch_add_explicit(&live, size, memory_order_relaxed) + size;
  int64_t most = atomic_load_explicit(&peak, memory_order_relaxed);
  while (now > most && !atomic_compare_exchange_weak_explicit(
                           &peak, &most, now, memory_order_relaxed, memory_order_relaxed)) {
  }
}

static void *counted(void *pointer) {
  if (pointer) add((int64_t)malloc_usable_size(pointer));
  return pointer;
}

void *malloc(size_t size) {
  check(size);
  return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
  size_t all;
  check(__builtin_mul_overflow(count, size, &all) ? SIZE_MAX : all);
  return counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size) {
  int64_t before = old ? (int64_t)malloc_usable_size(old) : 0;
  if (size > (size_t)before) check(size - (size_t)before);
  void *new = __libc_realloc(old, size);
  // Without a new block the old one stays, unless it was to be freed.
  if (!new && size) return new;
  add((new ? (int64_t)malloc_usable_size(new) : 0) - before);
  return new;
}

void *reallocarray(void *old, size_t count, size_t size) {
  size_t all;
  if (__builtin_mul_overflow(count, size, &all)) {
    errno = ENOMEM;
    return NULL;
  }
  return realloc(old, all);
}

void free(void *pointer) {
  if (!pointer) return;
  atomic_fetch_sub_explicit(&live, (int64_t)malloc_usable_size(pointer), memory_order_relaxed);
  __libc_free(pointer);
}

void *memalign(size_t alignment, size_t size) {
  check(size);
  return counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (alignment < sizeof(void *) || alignment & (alignment - 1)) return EINVAL;
  void *pointer = memalign(alignment, size);
  if (!pointer) return ENOMEM;
  *result = pointer;
  return 0;
}

// Anonymous mappings count as memory, mapped files do not: those are the input. Which are which is kept in a
// table, since munmap does not say.
#define MAPPINGS 1024
static struct {
  _Atomic(void *) base;
  _Atomic size_t size;
} mappings[MAPPINGS];

void *mmap(void *hint, size_t size, int protection, int flags, int file, off_t offset) {
  if (flags & MAP_ANONYMOUS) check(size);
  void *base = (void *)syscall(SYS_mmap, hint, size, protection, flags, file, offset);
  if (base == MAP_FAILED || !(flags & MAP_ANONYMOUS)) return base;
  for (size_t index = 0; index < MAPPINGS; index++) {
    void *none = NULL;
    if (!atomic_compare_exchange_strong(&mappings[index].base, &none, base)) continue;
    atomic_store(&mappings[index].size, size);
    add((int64_t)size);
    break;
  }
  return base;
}

int munmap(void *base, size_t size) {
  for (size_t index = 0; base && index < MAPPINGS; index++) {
    if (atomic_load_explicit(&mappings[index].base, memory_order_relaxed) != base) continue;
    add(-(int64_t)atomic_load(&mappings[index].size));
    atomic_store(&mappings[index].base, NULL);
    break;
  }
  return (int)syscall(SYS_munmap, base, size);
}

int64_t fuzz_heap_live(void) { return atomic_load(&live); }

void fuzz_heap_arm(int64_t allowed, uint64_t *place) {
  atomic_store(&exceeded, place);
  atomic_store(&peak, atomic_load(&live));
  atomic_store(&limit, allowed);
}

int64_t fuzz_heap_disarm(void) {
  atomic_store(&limit, INT64_MAX);
  return atomic_load(&peak);
}

void fuzz_heap_explain(void) { atomic_store(&explains, 1); }
