// What the fuzzing harness needs from C: exact heap accounting and a status page shared between processes.
#ifndef CFUZZ_H
#define CFUZZ_H

#include <stddef.h>
#include <stdint.h>

// MARK: Heap

/// Exit code of a process that went over the limit set with `fuzz_heap_arm`.
#define FUZZ_EXIT_MEMORY 77

/// Bytes that the process holds: what malloc and its relatives handed out, and anonymous mappings.
int64_t fuzz_heap_live(void);

/// From now on, holding more than `limit` bytes ends the process with `FUZZ_EXIT_MEMORY`; the peak starts anew.
/// The amount that was asked for is put into `*exceeded` first, when that is not NULL.
void fuzz_heap_arm(int64_t limit, uint64_t *exceeded);

/// Lifts the limit.
///
/// Returns the most bytes that were held since `fuzz_heap_arm`.
int64_t fuzz_heap_disarm(void);

/// Prints the call stack to standard error before ending the process over its limit.
void fuzz_heap_explain(void);

// MARK: Status page

#define FUZZ_OUTCOMES 64
#define FUZZ_LABEL 88

struct fuzz_outcome {
  char label[FUZZ_LABEL];
  uint64_t count;
};

/// What one worker has done so far. It lies in a shared file, so that it outlives a worker that crashes.
struct fuzz_status {
  uint64_t running;    // the iteration under way, plus 1; 0 before the first
  uint64_t began;      // processor time of the process when it began, ns
  uint64_t done;       // finished iterations
  uint64_t accepted;   // of these, inputs that the reader took
  uint64_t bytes;      // sum of the sizes of the inputs
  uint64_t exceeded;   // bytes asked for by the allocation over the limit
  uint64_t peak_share; // largest peak as millionths of what was allowed for its input
  uint64_t peak_bytes; // that peak
  uint64_t peak_at;    // its iteration
  uint64_t slowest;    // processor time of the slowest input, ns
  uint64_t slowest_at; // its iteration
  struct fuzz_outcome outcomes[FUZZ_OUTCOMES];
};

/// Maps `path`, which is made when missing.
///
/// Returns NULL with errno set when that fails.
struct fuzz_status *fuzz_status_map(const char *path);
void fuzz_status_unmap(struct fuzz_status *status);

/// Notes that an iteration begins.
void fuzz_status_begin(struct fuzz_status *status, uint64_t iteration, uint64_t now);

/// The iteration under way plus 1, and since when, as one consistent pair.
uint64_t fuzz_status_running(const struct fuzz_status *status, uint64_t *began);

/// Counts an outcome; when the table is full, under its last label.
void fuzz_status_count(struct fuzz_status *status, const char *label);

/// Label and count of outcome `index`; NULL behind the last.
const char *fuzz_status_outcome(const struct fuzz_status *status, size_t index, uint64_t *count);

// MARK: Processes

/// Ends this process when the one that started it ends, and leaves no core file when it crashes.
void fuzz_worker_process(void);

/// Processor time of a process in ns; 0 for one that is gone.
uint64_t fuzz_processor_time(int process);

#endif
