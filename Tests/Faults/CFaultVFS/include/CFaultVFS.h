// An SQLite VFS that fails when told to, and writes down what reaches the disk. For tests only.
//
// It wraps the default VFS and becomes the default. Files of databases that no plan was made for go to the wrapped
// VFS as they are, so that tests of one process do not disturb each other.
#ifndef CFAULTVFS_H
#define CFAULTVFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The files of a database; masks are made of `1 << file`. The shared index (-shm) lies in memory only.
enum fault_file { FAULT_DATABASE, FAULT_WAL, FAULT_JOURNAL, FAULT_FILES };

enum fault_operation { FAULT_READ, FAULT_WRITE, FAULT_SYNC, FAULT_TRUNCATE, FAULT_DELETE, FAULT_OPERATIONS };

/// What happens to the files of one database.
struct fault_plan;

/// When an operation fails.
struct fault_rule {
  int operation;
  unsigned files; // mask
  uint64_t nth;   // counted from `fault_plan_arm`, from 1
  int code;       // SQLite's result code
  bool lasting;   // fails from then on, not once
  bool torn;      // a write leaves its first half
};

/// One operation that changed a file, or made its changes durable.
struct fault_entry {
  int operation;
  int file;
  int64_t offset; // of a write; the new size of a truncated file
  size_t size;    // of a write
  const unsigned char *bytes;
  bool synced; // a deletion whose folder was synced with it
};

/// Makes a plan for the database at `path`, whose connections must be opened afterwards. Its syncs are noted and not
/// carried out: the machine under the tests stays up.
///
/// Returns NULL when there is no memory, or no default VFS.
struct fault_plan *fault_plan_make(const char *path);

/// Forgets the plan. Files that are still open keep to it until they are closed.
void fault_plan_free(struct fault_plan *plan);

/// Lets an operation fail, and counts operations from here on.
void fault_plan_arm(struct fault_plan *plan, struct fault_rule rule);

/// Nothing fails any more.
void fault_plan_disarm(struct fault_plan *plan);

/// Operations on the files of the mask since the plan was made or armed.
uint64_t fault_plan_count(struct fault_plan *plan, int operation, unsigned files);

/// How many operations were made to fail.
uint64_t fault_plan_failures(struct fault_plan *plan);

/// From now on the log notes what happens; entries stay until the plan is freed.
void fault_plan_record(struct fault_plan *plan);

/// From now on a sync is reported as done and not noted: a disk that does not keep its word.
void fault_plan_ignore_syncs(struct fault_plan *plan);

size_t fault_plan_entries(struct fault_plan *plan);
struct fault_entry fault_plan_entry(struct fault_plan *plan, size_t index);

#endif
