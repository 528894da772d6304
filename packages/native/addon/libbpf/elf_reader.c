// Reads one ELF64 object in memory (elf(5)), for libbpf. Whatever the bytes are, nothing outside of them is read.
#include "gelf.h"

#include <stdlib.h>
#include <string.h>

// Of an object for the kernel. A section that has no bytes in the file (.bss) may claim any size.
#define MAX_EMPTY_SECTION (1u << 28)

struct Elf_Scn {
	Elf *elf;
	size_t index;
	Elf64_Shdr *header;
	Elf_Data data;
};

struct Elf {
	unsigned char *image;
	size_t size;
	size_t count;
	Elf_Scn sections[];
};

static _Bool is_within(const Elf *elf, uint64_t offset, uint64_t size)
{
	return offset <= elf->size && size <= elf->size - offset;
}

static _Bool is_ours(const unsigned char *image, size_t size)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
	if (size < sizeof *header || (uintptr_t)image % sizeof(uint64_t) != 0)
		return 0;
	return memcmp(image, ELFMAG, SELFMAG) == 0 && image[EI_CLASS] == ELFCLASS64 && image[EI_DATA] == ELFDATA2LSB &&
	       header->e_shentsize == sizeof(Elf64_Shdr) && header->e_shnum > 0;
}

// What libbpf takes for a table is one: whole entries, where the processor can read them.
static _Bool is_table_sound(const Elf64_Shdr *header)
{
	size_t entry = header->sh_type == SHT_SYMTAB ? sizeof(Elf64_Sym) : header->sh_type == SHT_REL ? sizeof(Elf64_Rel) : 0;
	if (entry == 0)
		return 1;
	return header->sh_entsize == entry && header->sh_size % entry == 0 && header->sh_offset % sizeof(uint64_t) == 0;
}

static _Bool is_section_sound(const Elf *elf, const Elf64_Shdr *header)
{
	if (header->sh_type == SHT_NOBITS)
		return header->sh_size <= MAX_EMPTY_SECTION;
	if (!is_within(elf, header->sh_offset, header->sh_size))
		return 0;
	if (header->sh_type == SHT_STRTAB && header->sh_size > 0 && elf->image[header->sh_offset + header->sh_size - 1] != 0)
		return 0;
	return is_table_sound(header);
}

Elf *elf_memory(char *image, size_t size)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
	if (!is_ours((unsigned char *)image, size))
		return NULL;
	uint64_t table = header->e_shoff;
	size_t count = header->e_shnum;
	if (table > size || count * sizeof(Elf64_Shdr) > size - table || table % sizeof(uint64_t) != 0)
		return NULL;
	Elf *elf = calloc(1, sizeof *elf + count * sizeof *elf->sections);
	if (!elf)
		return NULL;
	elf->image = (unsigned char *)image;
	elf->size = size;
	elf->count = count;
	for (size_t index = 0; index < count; index++) {
		Elf_Scn *section = &elf->sections[index];
		section->elf = elf;
		section->index = index;
		section->header = (Elf64_Shdr *)(image + table) + index;
		if (index > 0 && !is_section_sound(elf, section->header)) {
			free(elf);
			return NULL;
		}
	}
	return elf;
}

int elf_end(Elf *elf)
{
	free(elf);
	return 0;
}

unsigned int elf_version(unsigned int version)
{
	return version;
}

Elf *elf_begin(int fd, Elf_Cmd command, Elf *reference)
{
	(void)fd;
	(void)command;
	(void)reference;
	return NULL;
}

Elf_Kind elf_kind(Elf *elf)
{
	return elf ? ELF_K_ELF : ELF_K_NONE;
}

const char *elf_errmsg(int error)
{
	(void)error;
	return "it is no sound ELF object";
}

Elf64_Ehdr *elf64_getehdr(Elf *elf)
{
	return (Elf64_Ehdr *)elf->image;
}

int elf_getshdrnum(Elf *elf, size_t *count)
{
	*count = elf->count;
	return 0;
}

int elf_getshdrstrndx(Elf *elf, size_t *index)
{
	*index = elf64_getehdr(elf)->e_shstrndx;
	return *index > 0 && *index < elf->count ? 0 : -1;
}

Elf_Scn *elf_getscn(Elf *elf, size_t index)
{
	return index < elf->count ? &elf->sections[index] : NULL;
}

Elf_Scn *elf_nextscn(Elf *elf, Elf_Scn *section)
{
	return elf_getscn(elf, section ? section->index + 1 : 1);
}

size_t elf_ndxscn(Elf_Scn *section)
{
	return section->index;
}

Elf64_Shdr *elf64_getshdr(Elf_Scn *section)
{
	return section->header;
}

// libbpf knows sections by their names, and only of .bss that there may be no bytes.
static _Bool may_be_empty(Elf_Scn *section)
{
	const char *name = elf_strptr(section->elf, elf64_getehdr(section->elf)->e_shstrndx, section->header->sh_name);
	return name && strncmp(name, ".bss", 4) == 0;
}

Elf_Data *elf_getdata(Elf_Scn *section, Elf_Data *data)
{
	// There is one piece for each section, and none after it.
	if (!section || data || section->index == 0)
		return NULL;
	const Elf64_Shdr *header = section->header;
	_Bool is_empty = header->sh_type == SHT_NOBITS;
	if (is_empty && !may_be_empty(section))
		return NULL;
	section->data.d_buf = is_empty ? NULL : section->elf->image + header->sh_offset;
	section->data.d_size = header->sh_size;
	section->data.d_align = header->sh_addralign;
	return &section->data;
}

Elf_Data *elf_rawdata(Elf_Scn *section, Elf_Data *data)
{
	return elf_getdata(section, data);
}

char *elf_strptr(Elf *elf, size_t index, size_t offset)
{
	Elf_Scn *section = elf_getscn(elf, index);
	if (!section || index == 0 || section->header->sh_type != SHT_STRTAB || offset >= section->header->sh_size)
		return NULL;
	return (char *)elf->image + section->header->sh_offset + offset;
}

int gelf_getclass(Elf *elf)
{
	return elf64_getehdr(elf)->e_ident[EI_CLASS];
}

GElf_Ehdr *gelf_getehdr(Elf *elf, GElf_Ehdr *header)
{
	*header = *elf64_getehdr(elf);
	return header;
}

GElf_Shdr *gelf_getshdr(Elf_Scn *section, GElf_Shdr *header)
{
	*header = *section->header;
	return header;
}

GElf_Sym *gelf_getsym(Elf_Data *data, int index, GElf_Sym *symbol)
{
	if (index < 0 || (size_t)index >= data->d_size / sizeof *symbol)
		return NULL;
	*symbol = ((GElf_Sym *)data->d_buf)[index];
	return symbol;
}
