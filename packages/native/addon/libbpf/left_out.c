// What of libbpf is not linked, since nothing here uses it: user-space probes, and programs that load others. libbpf.c calls these where an
// object has one, and to let go of what there never was. Declared without parameters, as they differ between its versions.
#include <errno.h>
#include <stddef.h>

void *usdt_manager_new(void) { return NULL; }
void usdt_manager_free(void) {}
void *usdt_manager_attach_usdt(void) { errno = EOPNOTSUPP; return NULL; }

void bpf_gen__free(void) {}
void bpf_gen__init(void) {}
int bpf_gen__finish(void) { return -EOPNOTSUPP; }
void bpf_gen__load_btf(void) {}
void bpf_gen__map_create(void) {}
void bpf_gen__map_freeze(void) {}
void bpf_gen__map_update_elem(void) {}
void bpf_gen__populate_outer_map(void) {}
void bpf_gen__prog_load(void) {}
void bpf_gen__record_attach_target(void) {}
void bpf_gen__record_extern(void) {}
void bpf_gen__record_relo_core(void) {}
