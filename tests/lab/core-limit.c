/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the daemon by a test: its wish for no core file is taken and not done, as on a machine whose
 * core_pattern is a pipe, where the limit does not count. */
#include <dlfcn.h>
#include <sys/resource.h>

typedef int (*SetLimit) (__rlimit_resource_t resource, const struct rlimit *limits);
typedef int (*SetLimit64) (__rlimit_resource_t resource, const struct rlimit64 *limits);

int
setrlimit (__rlimit_resource_t resource, const struct rlimit *limits)
{
  SetLimit real = (SetLimit) dlsym (RTLD_NEXT, "setrlimit");

  return resource == RLIMIT_CORE ? 0 : real (resource, limits);
}

/* Its name in a program that is built for large files. */
int
setrlimit64 (__rlimit_resource_t resource, const struct rlimit64 *limits)
{
  SetLimit64 real = (SetLimit64) dlsym (RTLD_NEXT, "setrlimit64");

  return resource == RLIMIT_CORE ? 0 : real (resource, limits);
}
