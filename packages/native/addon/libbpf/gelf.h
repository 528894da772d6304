// libelf's names that hold for both classes; here there is but one.
#pragma once

#include "libelf.h"

typedef Elf64_Ehdr GElf_Ehdr;
typedef Elf64_Shdr GElf_Shdr;
typedef Elf64_Sym GElf_Sym;
typedef Elf64_Rel GElf_Rel;

#define GELF_ST_TYPE ELF64_ST_TYPE
#define GELF_ST_BIND ELF64_ST_BIND
#define GELF_R_SYM ELF64_R_SYM
#define GELF_R_TYPE ELF64_R_TYPE

int gelf_getclass(Elf *elf);
GElf_Ehdr *gelf_getehdr(Elf *elf, GElf_Ehdr *header);
GElf_Shdr *gelf_getshdr(Elf_Scn *section, GElf_Shdr *header);
GElf_Sym *gelf_getsym(Elf_Data *data, int index, GElf_Sym *symbol);
