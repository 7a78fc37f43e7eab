#include <tree_sitter/api.h>

// What dladdr(3) says of an address. <dlfcn.h> hides it unless _GNU_SOURCE is defined, which a module that other headers
// belong to cannot do.
typedef struct {
  const char *file;
  void *base;
  const char *symbol;
  void *address;
} ProbeSymbolPlace;
int probe_symbol_place(const void *address, ProbeSymbolPlace *place) __asm__("dladdr");
