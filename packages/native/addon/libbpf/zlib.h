// libbpf reads the kernel's configuration through zlib, for objects with kconfig externs. They are not for here: nothing can be opened.
#pragma once

#include <stddef.h>

typedef void *gzFile;

static inline gzFile gzopen(const char *path, const char *mode)
{
	(void)path;
	(void)mode;
	return NULL;
}

static inline char *gzgets(gzFile file, char *text, int size)
{
	(void)file;
	(void)text;
	(void)size;
	return NULL;
}

static inline int gzclose(gzFile file)
{
	(void)file;
	return 0;
}
