// Layouts of structures, as the object's own types (BTF) tell.
#include "bpf_error.h"
#include "bpf_object.h"
#include "btf.h"

namespace {

// One entry of the result: a name, and two numbers.
void add(napi_env env, napi_value list, uint32_t* count, const char* name, double offset, double size) {
  napi_value text;
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text);
  napi_set_element(env, list, (*count)++, text);
  napi_set_element(env, list, (*count)++, js::number(env, offset));
  napi_set_element(env, list, (*count)++, js::number(env, size));
}

double sizeOf(const btf* types, uint32_t type) {
  int64_t size = btf__resolve_size(types, type);
  return size < 0 ? 0 : static_cast<double>(size);
}

}  // namespace

napi_value BpfObject::structLayout(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::ANY);
  char name[MAX_NAME];
  if (self == nullptr || !js::toText(env, call.arguments[0], name, sizeof name)) return nullptr;
  LibbpfText text;
  const btf* types = bpf_object__btf(self->object_);
  int id = types == nullptr ? -1 : btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
  napi_value list;
  napi_get_undefined(env, &list);
  if (id < 0) return list;
  const btf_type* type = btf__type_by_id(types, static_cast<uint32_t>(id));
  napi_create_array(env, &list);
  uint32_t count = 0;
  add(env, list, &count, name, 0, type->size);
  const btf_member* members = btf_members(type);
  for (uint16_t index = 0; index < btf_vlen(type); index++) {
    const char* field = btf__name_by_offset(types, members[index].name_off);
    double offset = btf_member_bit_offset(type, index) / 8;
    add(env, list, &count, field == nullptr ? "" : field, offset, sizeOf(types, members[index].type));
  }
  return list;
}
