#include "btf_check.h"

#include <linux/btf.h>
#include <string.h>

#include "../freestanding.h"
#include "libbpf/libelf.h"

namespace {

// libbpf and the kernel resolve a type in fewer steps than this.
constexpr unsigned MAX_DEPTH = 64;

class TypeCheck {
 public:
  TypeCheck(const uint8_t* bytes, size_t size) : bytes_(bytes), size_(size) {}
  ~TypeCheck() {
    free(types_);
    free(states_);
  }
  bool run() { return readHeader() && indexTypes() && areReferencesSound() && endsEverywhere(); }

 private:
  enum State : uint8_t { UNSEEN, UNDER_WAY, SOUND };

  bool readHeader();
  bool indexTypes();
  bool areReferencesSound() const;
  bool areReferencesSound(const btf_type* type) const;
  bool endsEverywhere();
  bool ends(uint32_t id, unsigned depth);

  static unsigned kind(const btf_type* type) { return BTF_INFO_KIND(type->info); }
  static unsigned count(const btf_type* type) { return BTF_INFO_VLEN(type->info); }
  bool isName(uint32_t offset) const { return offset < header_.str_len; }
  bool isType(uint32_t id) const { return id < count_; }
  bool isOfKind(uint32_t id, unsigned wanted) const { return id > 0 && isType(id) && kind(types_[id]) == wanted; }

  const uint8_t* bytes_;
  size_t size_;
  btf_header header_ = {};
  const btf_type** types_ = nullptr;  // by id; 0 is void
  uint32_t count_ = 1;
  State* states_ = nullptr;
};

// What follows a type, in bytes; SIZE_MAX for kinds that are not known.
size_t bytesAfter(const btf_type* type) {
  size_t count = BTF_INFO_VLEN(type->info);
  switch (BTF_INFO_KIND(type->info)) {
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG:
      return 0;
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG:
      return sizeof(uint32_t);
    case BTF_KIND_ARRAY:
      return sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return count * sizeof(btf_member);
    case BTF_KIND_ENUM:
      return count * sizeof(btf_enum);
    case BTF_KIND_ENUM64:
      return count * sizeof(btf_enum64);
    case BTF_KIND_FUNC_PROTO:
      return count * sizeof(btf_param);
    case BTF_KIND_DATASEC:
      return count * sizeof(btf_var_secinfo);
    default:
      return SIZE_MAX;
  }
}

template <typename T>
const T* after(const btf_type* type) {
  return reinterpret_cast<const T*>(type + 1);
}

bool TypeCheck::readHeader() {
  if (size_ < sizeof header_) return false;
  memcpy(&header_, bytes_, sizeof header_);
  if (header_.magic != BTF_MAGIC || header_.hdr_len < sizeof header_ || header_.hdr_len > size_) return false;
  size_t left = size_ - header_.hdr_len;
  if (header_.type_off > left || header_.type_len > left - header_.type_off) return false;
  if (header_.str_off > left || header_.str_len > left - header_.str_off || header_.str_len == 0) return false;
  const uint8_t* types = bytes_ + header_.hdr_len + header_.type_off;
  const uint8_t* strings = bytes_ + header_.hdr_len + header_.str_off;
  return reinterpret_cast<uintptr_t>(types) % sizeof(uint32_t) == 0 && strings[0] == 0 &&
         strings[header_.str_len - 1] == 0;
}

bool TypeCheck::indexTypes() {
  const uint8_t* at = bytes_ + header_.hdr_len + header_.type_off;
  const uint8_t* end = at + header_.type_len;
  size_t most = header_.type_len / sizeof(btf_type) + 1;
  types_ = static_cast<const btf_type**>(calloc(most, sizeof *types_));
  states_ = static_cast<State*>(calloc(most, sizeof *states_));
  if (types_ == nullptr || states_ == nullptr) return false;
  while (at < end) {
    const auto* type = reinterpret_cast<const btf_type*>(at);
    size_t left = static_cast<size_t>(end - at);
    if (left < sizeof *type || bytesAfter(type) > left - sizeof *type) return false;
    types_[count_++] = type;
    at += sizeof *type + bytesAfter(type);
  }
  return true;
}

bool TypeCheck::areReferencesSound() const {
  for (uint32_t id = 1; id < count_; id++) {
    if (!isName(types_[id]->name_off) || !areReferencesSound(types_[id])) return false;
  }
  return true;
}

bool TypeCheck::areReferencesSound(const btf_type* type) const {
  bool isSound = true;
  switch (kind(type)) {
    case BTF_KIND_INT: {
      uint32_t bits = *after<uint32_t>(type);
      return type->size <= 16 && BTF_INT_BITS(bits) <= 128 && BTF_INT_OFFSET(bits) <= 128;
    }
    case BTF_KIND_FUNC:
      return isOfKind(type->type, BTF_KIND_FUNC_PROTO);
    case BTF_KIND_PTR:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
    case BTF_KIND_DECL_TAG:
      return isType(type->type);
    case BTF_KIND_VAR:
      return type->type > 0 && isType(type->type);
    case BTF_KIND_ARRAY:
      return after<btf_array>(type)->type > 0 && isType(after<btf_array>(type)->type) &&
             isType(after<btf_array>(type)->index_type);
    case BTF_KIND_ENUM:
      for (unsigned at = 0; at < count(type); at++) isSound &= isName(after<btf_enum>(type)[at].name_off);
      return isSound;
    case BTF_KIND_ENUM64:
      for (unsigned at = 0; at < count(type); at++) isSound &= isName(after<btf_enum64>(type)[at].name_off);
      return isSound;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      for (unsigned at = 0; at < count(type); at++) {
        const btf_member& member = after<btf_member>(type)[at];
        isSound &= isName(member.name_off) && member.type > 0 && isType(member.type);
      }
      return isSound;
    case BTF_KIND_FUNC_PROTO:
      for (unsigned at = 0; at < count(type); at++) {
        const btf_param& parameter = after<btf_param>(type)[at];
        isSound &= isName(parameter.name_off) && isType(parameter.type);
      }
      return isSound && isType(type->type);
    case BTF_KIND_DATASEC:
      for (unsigned at = 0; at < count(type); at++) {
        uint32_t id = after<btf_var_secinfo>(type)[at].type;
        isSound &= isOfKind(id, BTF_KIND_VAR) || isOfKind(id, BTF_KIND_FUNC);
      }
      return isSound;
    default:
      return true;
  }
}

bool TypeCheck::endsEverywhere() {
  for (uint32_t id = 1; id < count_; id++) {
    if (!ends(id, 0)) return false;
  }
  return true;
}

// Whether a type, by what it is made of, comes to an end. A pointer is one.
bool TypeCheck::ends(uint32_t id, unsigned depth) {
  if (id == 0 || states_[id] == SOUND) return true;
  if (states_[id] == UNDER_WAY || depth > MAX_DEPTH) return false;
  states_[id] = UNDER_WAY;
  const btf_type* type = types_[id];
  bool isSound = true;
  switch (kind(type)) {
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
    case BTF_KIND_VAR:
      isSound = ends(type->type, depth + 1);
      break;
    case BTF_KIND_ARRAY:
      isSound = ends(after<btf_array>(type)->type, depth + 1);
      break;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      for (unsigned at = 0; at < count(type) && isSound; at++) {
        isSound = ends(after<btf_member>(type)[at].type, depth + 1);
      }
      break;
    default:
      break;
  }
  states_[id] = SOUND;
  return isSound;
}

}  // namespace

bool areTypesSound(char* object, size_t size) {
  Elf* elf = elf_memory(object, size);
  if (elf == nullptr) return false;
  bool areSound = true;
  size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) == 0) {
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
      const char* name = elf_strptr(elf, names, elf64_getshdr(section)->sh_name);
      if (name == nullptr || strcmp(name, ".BTF") != 0) continue;
      const Elf_Data* data = elf_getdata(section, nullptr);
      areSound = areSound && data != nullptr &&
                 TypeCheck(static_cast<const uint8_t*>(data->d_buf), data->d_size).run();
    }
  }
  elf_end(elf);
  return areSound;
}
