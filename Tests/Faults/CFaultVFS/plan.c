// Which operation fails, and the log of those that did not.
#include "plan.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t plans_lock = PTHREAD_MUTEX_INITIALIZER;
static struct fault_plan *plans;

struct fault_plan *fault_plan_make(const char *path) {
  static const char *const suffixes[FAULT_FILES] = {"", "-wal", "-journal"};
  if (!fault_vfs_install()) return NULL;
  struct fault_plan *plan = calloc(1, sizeof *plan);
  char *full = fault_vfs_full_path(path);
  if (plan == NULL || full == NULL) {
    free(plan);
    sqlite3_free(full);
    return NULL;
  }
  pthread_mutex_init(&plan->lock, NULL);
  plan->users = 1;
  for (int file = 0; file < FAULT_FILES; file++) plan->paths[file] = sqlite3_mprintf("%s%s", full, suffixes[file]);
  sqlite3_free(full);
  pthread_mutex_lock(&plans_lock);
  plan->next = plans;
  plans = plan;
  pthread_mutex_unlock(&plans_lock);
  return plan;
}

void fault_plan_free(struct fault_plan *plan) {
  pthread_mutex_lock(&plans_lock);
  struct fault_plan **link = &plans;
  while (*link != plan) link = &(*link)->next;
  *link = plan->next;
  pthread_mutex_unlock(&plans_lock);
  fault_plan_let_go(plan);
}

void fault_plan_let_go(struct fault_plan *plan) {
  pthread_mutex_lock(&plans_lock);
  size_t users = --plan->users;
  pthread_mutex_unlock(&plans_lock);
  if (users > 0) return;
  for (int file = 0; file < FAULT_FILES; file++) sqlite3_free(plan->paths[file]);
  for (size_t index = 0; index < plan->entry_count; index++) free((void *)plan->entries[index].bytes);
  free(plan->entries);
  pthread_mutex_destroy(&plan->lock);
  free(plan);
}

struct fault_plan *fault_plan_of(const char *path, int *file) {
  if (path == NULL) return NULL;
  pthread_mutex_lock(&plans_lock);
  struct fault_plan *found = NULL;
  for (struct fault_plan *plan = plans; plan != NULL && found == NULL; plan = plan->next)
    for (*file = 0; *file < FAULT_FILES; ++*file)
      if (plan->paths[*file] != NULL && strcmp(plan->paths[*file], path) == 0) {
        found = plan;
        found->users++;
        break;
      }
  pthread_mutex_unlock(&plans_lock);
  return found;
}

int fault_plan_next(struct fault_plan *plan, int operation, int file) {
  plan->counts[operation][file]++;
  const struct fault_rule *rule = &plan->rule;
  if (!plan->is_armed || rule->operation != operation || (rule->files & 1u << file) == 0) return 0;
  uint64_t count = ++plan->armed_count;
  if (count != rule->nth && !(rule->lasting && count > rule->nth)) return 0;
  plan->failures++;
  return rule->code;
}

bool fault_plan_note(struct fault_plan *plan, struct fault_entry entry) {
  if (!plan->records) return true;
  if (plan->entry_count == plan->entry_room) {
    size_t room = plan->entry_room == 0 ? 256 : 2 * plan->entry_room;
    struct fault_entry *entries = realloc(plan->entries, room * sizeof *entries);
    if (entries == NULL) return false;
    plan->entries = entries;
    plan->entry_room = room;
  }
  if (entry.size > 0) {
    unsigned char *copy = malloc(entry.size);
    if (copy == NULL) return false;
    memcpy(copy, entry.bytes, entry.size);
    entry.bytes = copy;
  }
  plan->entries[plan->entry_count++] = entry;
  return true;
}

// MARK: What tests ask

void fault_plan_arm(struct fault_plan *plan, struct fault_rule rule) {
  pthread_mutex_lock(&plan->lock);
  plan->rule = rule;
  plan->is_armed = true;
  plan->armed_count = 0;
  memset(plan->counts, 0, sizeof plan->counts);
  pthread_mutex_unlock(&plan->lock);
}

void fault_plan_disarm(struct fault_plan *plan) {
  pthread_mutex_lock(&plan->lock);
  plan->is_armed = false;
  pthread_mutex_unlock(&plan->lock);
}

uint64_t fault_plan_count(struct fault_plan *plan, int operation, unsigned files) {
  uint64_t count = 0;
  pthread_mutex_lock(&plan->lock);
  for (int file = 0; file < FAULT_FILES; file++)
    if (files & 1u << file) count += plan->counts[operation][file];
  pthread_mutex_unlock(&plan->lock);
  return count;
}

uint64_t fault_plan_failures(struct fault_plan *plan) {
  pthread_mutex_lock(&plan->lock);
  uint64_t failures = plan->failures;
  pthread_mutex_unlock(&plan->lock);
  return failures;
}

void fault_plan_record(struct fault_plan *plan) {
  pthread_mutex_lock(&plan->lock);
  plan->records = true;
  pthread_mutex_unlock(&plan->lock);
}

void fault_plan_ignore_syncs(struct fault_plan *plan) {
  pthread_mutex_lock(&plan->lock);
  plan->ignores_syncs = true;
  pthread_mutex_unlock(&plan->lock);
}

size_t fault_plan_entries(struct fault_plan *plan) {
  pthread_mutex_lock(&plan->lock);
  size_t count = plan->entry_count;
  pthread_mutex_unlock(&plan->lock);
  return count;
}

struct fault_entry fault_plan_entry(struct fault_plan *plan, size_t index) {
  pthread_mutex_lock(&plan->lock);
  struct fault_entry entry = plan->entries[index];
  pthread_mutex_unlock(&plan->lock);
  return entry;
}
