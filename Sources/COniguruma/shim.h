// Oniguruma's encodings, syntaxes and limits are macros over global variables, which Swift does not import.
#pragma once
#include <oniguruma.h>
#include <stddef.h>

/// Makes the library ready for UTF-8; call it once before anything else.
static inline int probe_onig_initialize(void) {
  OnigEncoding encodings[] = {ONIG_ENCODING_UTF8};
  return onig_initialize(encodings, 1);
}

/// Compiles a UTF-8 pattern in the default (Ruby) syntax; ONIG_NORMAL or an error with its `message`.
static inline int probe_onig_new(OnigRegex *regex, const unsigned char *pattern, size_t length,
                                 unsigned char message[ONIG_MAX_ERROR_MESSAGE_LEN]) {
  OnigErrorInfo info;
  const int code = onig_new(regex, pattern, pattern + length, ONIG_OPTION_NONE, ONIG_ENCODING_UTF8,
                            ONIG_SYNTAX_DEFAULT, &info);
  if (code != ONIG_NORMAL) onig_error_code_to_str(message, code, &info);
  return code;
}

/// Finds the first match at or after `start`: 1 with its ends, 0 without one, below 0 when a limit was reached.
static inline int probe_onig_search(OnigRegex regex, const unsigned char *text, size_t length, size_t start,
                                    OnigRegion *region, OnigMatchParam *limits, size_t *first, size_t *end) {
  const int code = onig_search_with_param(regex, text, text + length, text + start, text + length, region,
                                          ONIG_OPTION_NONE, limits);
  if (code == ONIG_MISMATCH) return 0;
  if (code < 0) return code;
  *first = (size_t)region->beg[0];
  *end = (size_t)region->end[0];
  return 1;
}
