// As much of the interface of libelf as libbpf uses to read one object in memory. elf_reader.c is behind it: nothing of it writes.
#pragma once

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Elf Elf;
typedef struct Elf_Scn Elf_Scn;

typedef enum { ELF_K_NONE, ELF_K_ELF } Elf_Kind;
typedef enum { ELF_C_NULL, ELF_C_READ, ELF_C_READ_MMAP } Elf_Cmd;
typedef enum { ELF_T_BYTE } Elf_Type;

typedef struct {
	void *d_buf;
	Elf_Type d_type;
	unsigned int d_version;
	size_t d_size;
	int64_t d_off;
	size_t d_align;
} Elf_Data;

unsigned int elf_version(unsigned int version);
// Files are not read: null.
Elf *elf_begin(int fd, Elf_Cmd command, Elf *reference);
// Null where this is no object of 64 bits in the machine's byte order whose sections all lie within it. The image stays the caller's.
Elf *elf_memory(char *image, size_t size);
int elf_end(Elf *elf);
Elf_Kind elf_kind(Elf *elf);
const char *elf_errmsg(int error);

Elf64_Ehdr *elf64_getehdr(Elf *elf);
int elf_getshdrnum(Elf *elf, size_t *count);
int elf_getshdrstrndx(Elf *elf, size_t *index);

Elf_Scn *elf_getscn(Elf *elf, size_t index);
Elf_Scn *elf_nextscn(Elf *elf, Elf_Scn *section);
size_t elf_ndxscn(Elf_Scn *section);
Elf64_Shdr *elf64_getshdr(Elf_Scn *section);
Elf_Data *elf_getdata(Elf_Scn *section, Elf_Data *data);
Elf_Data *elf_rawdata(Elf_Scn *section, Elf_Data *data);
// A string that ends within its section, else null.
char *elf_strptr(Elf *elf, size_t section, size_t offset);

#ifdef __cplusplus
}
#endif
