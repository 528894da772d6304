/*
 * What GCC's static libstdc++ and libgcc, built for glibc, use and musl does not have. Linked with them it makes a libstdc++.so.6 for a Bun
 * that runs on musl: Debian has no such library.
 */
#define _GNU_SOURCE
/* glibc's headers declare it with types that musl does not have. */
#define _dl_find_object _dl_find_object_of_glibc
#include <link.h>
#undef _dl_find_object
#include <locale.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <time.h>

char __libc_single_threaded = 0;
__attribute__((visibility("hidden"))) void *__dso_handle = 0;

uint32_t arc4random(void) {
  uint32_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) return 0;
  return number;
}

size_t __strftime_l(char *into, size_t room, const char *format, const struct tm *time, locale_t locale) {
  return strftime_l(into, room, format, time, locale);
}

/* Destructors of threads do not run: this process lives for a second. */
int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *library) {
  (void)destructor, (void)object, (void)library;
  return 0;
}

unsigned long __getauxval(unsigned long type) { return getauxval(type); }

/* struct dl_find_object of glibc 2.35. */
struct found {
  unsigned long long flags;
  void *begin, *end, *map, *eh_frame;
  unsigned long long reserved[7];
};

struct search {
  uintptr_t address;
  struct found *found;
};

static int look(struct dl_phdr_info *object, size_t size, void *data) {
  (void)size;
  struct search *search = data;
  uintptr_t begin = 0, end = 0, eh_frame = 0;
  for (int at = 0; at < object->dlpi_phnum; at++) {
    const ElfW(Phdr) *header = &object->dlpi_phdr[at];
    uintptr_t place = object->dlpi_addr + header->p_vaddr;
    if (header->p_type == PT_GNU_EH_FRAME) eh_frame = place;
    if (header->p_type != PT_LOAD || search->address < place || search->address >= place + header->p_memsz) continue;
    begin = place;
    end = place + header->p_memsz;
  }
  if (end == 0 || eh_frame == 0) return 0;
  *search->found = (struct found){.begin = (void *)begin, .end = (void *)end, .eh_frame = (void *)eh_frame};
  return 1;
}

int _dl_find_object(void *address, struct found *found) {
  struct search search = {(uintptr_t)address, found};
  return dl_iterate_phdr(look, &search) == 1 ? 0 : -1;
}
