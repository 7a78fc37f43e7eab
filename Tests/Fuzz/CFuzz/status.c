// The status page: written by one worker, read by the supervisor while the worker runs and after it crashed.
#include "CFuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct fuzz_status *fuzz_status_map(const char *path) {
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return NULL;
  void *base = MAP_FAILED;
  if (ftruncate(file, sizeof(struct fuzz_status)) == 0)
    base = mmap(NULL, sizeof(struct fuzz_status), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return base == MAP_FAILED ? NULL : base;
}

void fuzz_status_unmap(struct fuzz_status *status) { munmap(status, sizeof *status); }

void fuzz_status_begin(struct fuzz_status *status, uint64_t iteration, uint64_t now) {
  __atomic_store_n(&status->began, now, __ATOMIC_RELEASE);
  __atomic_store_n(&status->running, iteration + 1, __ATOMIC_RELEASE);
}

uint64_t fuzz_status_running(const struct fuzz_status *status, uint64_t *began) {
  // A time that belongs to the next iteration is later: an input can seem faster for one look, never slower.
  uint64_t running = __atomic_load_n(&status->running, __ATOMIC_ACQUIRE);
  *began = __atomic_load_n(&status->began, __ATOMIC_ACQUIRE);
  return running;
}

void fuzz_status_count(struct fuzz_status *status, const char *label) {
  for (size_t index = 0; index < FUZZ_OUTCOMES; index++) {
    struct fuzz_outcome *outcome = &status->outcomes[index];
    if (outcome->label[0] == 0)
      strncpy(outcome->label, index + 1 == FUZZ_OUTCOMES ? "others" : label, FUZZ_LABEL - 1);
    else if (index + 1 < FUZZ_OUTCOMES && strncmp(outcome->label, label, FUZZ_LABEL - 1) != 0)
      continue;
    outcome->count++;
    return;
  }
}

const char *fuzz_status_outcome(const struct fuzz_status *status, size_t index, uint64_t *count) {
  if (index >= FUZZ_OUTCOMES || status->outcomes[index].label[0] == 0) return NULL;
  *count = status->outcomes[index].count;
  return status->outcomes[index].label;
}
