// Calls of Linux that Swift's Glibc module does not have.
#define _GNU_SOURCE
#include "CWriteback.h"

#include <fcntl.h>

int probe_start_writeback(int file) { return sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE); }
