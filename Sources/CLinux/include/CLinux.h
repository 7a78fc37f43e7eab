#ifndef PROBE_LINUX_H
#define PROBE_LINUX_H

// What Swift's module of the C library leaves out.
#include <sys/vfs.h>

/// Starts writing a file's changed pages to the disk, and does not wait for them. 0, or -1 where that is not possible.
int probe_start_writeback(int file);

#endif
