// Plans as the VFS sees them.
#ifndef FAULT_PLAN_H
#define FAULT_PLAN_H

#include "CFaultVFS.h"

#include <pthread.h>

struct fault_plan {
  pthread_mutex_t lock;
  size_t users; // who made it, and open files; under the lock of all plans
  char *paths[FAULT_FILES];
  struct fault_rule rule;
  bool is_armed;
  bool records;
  bool ignores_syncs;
  uint64_t armed_count; // operations that the rule has seen
  uint64_t failures;
  uint64_t counts[FAULT_OPERATIONS][FAULT_FILES];
  struct fault_entry *entries;
  size_t entry_count, entry_room;
  struct fault_plan *next;
};

/// The plan that a path belongs to and which of its files it is, to be let go; NULL for all other paths.
struct fault_plan *fault_plan_of(const char *path, int *file);

/// Lets a plan go; the last user frees it.
void fault_plan_let_go(struct fault_plan *plan);

/// Counts an operation. Returns the code that it fails with, or 0. The plan is locked by the caller.
int fault_plan_next(struct fault_plan *plan, int operation, int file);

/// Notes an operation, when the plan records. Returns whether there was memory for it. The plan is locked.
bool fault_plan_note(struct fault_plan *plan, struct fault_entry entry);

/// Makes the VFS the default one, once.
bool fault_vfs_install(void);

/// The path as SQLite will open it; to be freed with sqlite3_free.
char *fault_vfs_full_path(const char *path);

#endif
