// The VFS: files of a plan are counted, failed and noted; everything else goes to the wrapped VFS.
#include "plan.h"

#include <sqlite3.h>
#include <string.h>

/// An open file of a plan; the wrapped VFS's own file follows it.
struct fault_handle {
  sqlite3_file base;
  struct fault_plan *plan;
  int file;
};

#define HANDLE_SIZE ((sizeof(struct fault_handle) + 15) & ~(size_t)15)

static sqlite3_vfs *wrapped;

static struct fault_handle *handle(sqlite3_file *file) { return (struct fault_handle *)file; }
static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((char *)file + HANDLE_SIZE); }

// MARK: Operations that may fail

static int fault_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset) {
  struct fault_plan *plan = handle(file)->plan;
  pthread_mutex_lock(&plan->lock);
  int code = fault_plan_next(plan, FAULT_READ, handle(file)->file);
  pthread_mutex_unlock(&plan->lock);
  return code ? code : real(file)->pMethods->xRead(real(file), bytes, size, offset);
}

/// The lock is held over the operation and its note: the log has the order in which files changed.
static int fault_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
  struct fault_plan *plan = handle(file)->plan;
  pthread_mutex_lock(&plan->lock);
  int code = fault_plan_next(plan, FAULT_WRITE, handle(file)->file);
  if (code) size = plan->rule.torn ? size / 2 : 0;
  int result = size > 0 ? real(file)->pMethods->xWrite(real(file), bytes, size, offset) : SQLITE_OK;
  if (result == SQLITE_OK && size > 0 &&
      !fault_plan_note(plan, (struct fault_entry){.operation = FAULT_WRITE,
                                                  .file = handle(file)->file,
                                                  .offset = offset,
                                                  .size = (size_t)size,
                                                  .bytes = bytes}))
    result = SQLITE_NOMEM;
  pthread_mutex_unlock(&plan->lock);
  return code ? code : result;
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size) {
  struct fault_plan *plan = handle(file)->plan;
  pthread_mutex_lock(&plan->lock);
  int code = fault_plan_next(plan, FAULT_TRUNCATE, handle(file)->file);
  if (!code) code = real(file)->pMethods->xTruncate(real(file), size);
  if (!code && !fault_plan_note(plan, (struct fault_entry){
                                          .operation = FAULT_TRUNCATE, .file = handle(file)->file, .offset = size}))
    code = SQLITE_NOMEM;
  pthread_mutex_unlock(&plan->lock);
  return code;
}

static int fault_sync(sqlite3_file *file, int flags) {
  (void)flags;
  struct fault_plan *plan = handle(file)->plan;
  pthread_mutex_lock(&plan->lock);
  int code = fault_plan_next(plan, FAULT_SYNC, handle(file)->file);
  if (!code && !plan->ignores_syncs &&
      !fault_plan_note(plan, (struct fault_entry){.operation = FAULT_SYNC, .file = handle(file)->file}))
    code = SQLITE_NOMEM;
  pthread_mutex_unlock(&plan->lock);
  return code;
}

// MARK: Operations that pass through

static int fault_close(sqlite3_file *file) {
  int code = real(file)->pMethods->xClose(real(file));
  file->pMethods = NULL;
  fault_plan_let_go(handle(file)->plan);
  return code;
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}

static int fault_lock(sqlite3_file *file, int level) { return real(file)->pMethods->xLock(real(file), level); }
static int fault_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

static int fault_check_reserved(sqlite3_file *file, int *held) {
  return real(file)->pMethods->xCheckReservedLock(real(file), held);
}

static int fault_control(sqlite3_file *file, int operation, void *argument) {
  // A hint that would change the size behind the log's back.
  if (operation == SQLITE_FCNTL_SIZE_HINT) return SQLITE_OK;
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int fault_sector_size(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }

static int fault_characteristics(sqlite3_file *file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int fault_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **memory) {
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}

static int fault_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void fault_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }
static int fault_shm_unmap(sqlite3_file *file, int delete) { return real(file)->pMethods->xShmUnmap(real(file), delete); }

/// No page is mapped: SQLite then reads it, where it can be counted and failed.
static int fault_fetch(sqlite3_file *file, sqlite3_int64 offset, int size, void **memory) {
  (void)file, (void)offset, (void)size;
  *memory = NULL;
  return SQLITE_OK;
}

static int fault_unfetch(sqlite3_file *file, sqlite3_int64 offset, void *memory) {
  (void)file, (void)offset, (void)memory;
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 3,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_file_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_check_reserved,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector_size,
    .xDeviceCharacteristics = fault_characteristics,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
    .xFetch = fault_fetch,
    .xUnfetch = fault_unfetch,
};

// MARK: The VFS

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *opened) {
  (void)vfs;
  int which;
  struct fault_plan *plan = fault_plan_of(path, &which);
  if (plan == NULL) return wrapped->xOpen(wrapped, path, file, flags, opened);
  memset(file, 0, HANDLE_SIZE);
  int code = wrapped->xOpen(wrapped, path, real(file), flags, opened);
  // A file that failed to open and has methods is closed by SQLite; this one has none and is closed here.
  if (code != SQLITE_OK) {
    if (real(file)->pMethods != NULL) real(file)->pMethods->xClose(real(file));
    fault_plan_let_go(plan);
    return code;
  }
  handle(file)->plan = plan;
  handle(file)->file = which;
  file->pMethods = &methods;
  return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync) {
  (void)vfs;
  int which;
  struct fault_plan *plan = fault_plan_of(path, &which);
  if (plan == NULL) return wrapped->xDelete(wrapped, path, sync);
  pthread_mutex_lock(&plan->lock);
  int code = fault_plan_next(plan, FAULT_DELETE, which);
  if (!code) code = wrapped->xDelete(wrapped, path, sync);
  if (!code && !fault_plan_note(plan, (struct fault_entry){
                                          .operation = FAULT_DELETE, .file = which, .synced = sync != 0}))
    code = SQLITE_NOMEM;
  pthread_mutex_unlock(&plan->lock);
  fault_plan_let_go(plan);
  return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
  (void)vfs;
  return wrapped->xAccess(wrapped, path, flags, result);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *full) {
  (void)vfs;
  return wrapped->xFullPathname(wrapped, path, size, full);
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *bytes) {
  (void)vfs;
  return wrapped->xRandomness(wrapped, size, bytes);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return wrapped->xSleep(wrapped, microseconds);
}

static int vfs_time(sqlite3_vfs *vfs, double *time) {
  (void)vfs;
  return wrapped->xCurrentTime(wrapped, time);
}

static int vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *time) {
  (void)vfs;
  return wrapped->xCurrentTimeInt64(wrapped, time);
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text) {
  (void)vfs;
  return wrapped->xGetLastError(wrapped, size, text);
}

static sqlite3_vfs shim = {
    .iVersion = 2,
    .zName = "fault",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_time64,
};

static void install(void) {
  sqlite3_vfs *found = sqlite3_vfs_find(NULL);
  if (found == NULL) return;
  shim.szOsFile = (int)HANDLE_SIZE + found->szOsFile;
  shim.mxPathname = found->mxPathname;
  wrapped = found;
  if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK) wrapped = NULL;
}

bool fault_vfs_install(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  return wrapped != NULL;
}

char *fault_vfs_full_path(const char *path) {
  char *full = sqlite3_malloc(wrapped->mxPathname + 1);
  if (full == NULL) return NULL;
  // SQLITE_OK_SYMLINK is a success, too.
  if ((wrapped->xFullPathname(wrapped, path, wrapped->mxPathname + 1, full) & 0xff) == SQLITE_OK) return full;
  sqlite3_free(full);
  return NULL;
}
