#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>

int probe_start_writeback(int file) { return sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE); }
