#pragma once
// Swift's module of the C library leaves statfs(2) out.
#include <sys/vfs.h>
