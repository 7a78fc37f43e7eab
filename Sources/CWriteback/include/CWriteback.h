#ifndef PROBE_WRITEBACK_H
#define PROBE_WRITEBACK_H

/// Starts writing a file's changed pages to the disk, and does not wait for them. 0, or -1 where that is not possible.
int probe_start_writeback(int file);

#endif
