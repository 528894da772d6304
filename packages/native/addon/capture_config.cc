#include "capture_config.h"

#include <errno.h>
#include <string.h>

#include "captured_file.h"
#include "napi_support.h"
#include "process_files.h"

namespace {

constexpr uint32_t MAX_CAPTURE_BYTES = 1024 * 1024;
constexpr size_t MAX_PATH_BYTES = 4096;

bool invalid(napi_env env) {
  js::throwErrno(env, EINVAL, "captures");
  return false;
}

// Nothing but what lies in the directory of the process, and its namespaces.
bool isProcessFile(const char* name) {
  const char* own = strncmp(name, "ns/", 3) == 0 ? name + 3 : name;
  return own[0] != '\0' && own[0] != '.' && strchr(own, '/') == nullptr;
}

bool readKind(const char* kind, CaptureFile* file) {
  if (strcmp(kind, "file") == 0) {
    file->kind = CaptureKind::FILE;
  } else if (strcmp(kind, "link") == 0) {
    file->kind = CaptureKind::LINK;
  } else {
    file->kind = CaptureKind::IDENTITY;
    // Of a fixed size, whatever the limit.
    file->limit = sizeof(CapturedFile);
    return strcmp(kind, "identity") == 0;
  }
  return true;
}

bool readFileRule(napi_env env, napi_value object, CaptureFile* file) {
  char kind[16];
  if (!js::textProperty(env, object, "name", file->name, sizeof file->name) ||
      !js::textProperty(env, object, "kind", kind, sizeof kind) ||
      !js::uintProperty(env, object, "limit", &file->limit)) {
    return false;
  }
  return (isProcessFile(file->name) && readKind(kind, file) && file->limit <= MAX_CAPTURE_BYTES) || invalid(env);
}

bool readTexts(napi_env env, napi_value object, CaptureRule* rule) {
  constexpr size_t SIZE = CaptureRule::TEXT_BYTES;
  if (!js::boolProperty(env, object, "isText", &rule->isText) ||
      !js::textProperty(env, object, "contains", rule->contains, SIZE) ||
      !js::textProperty(env, object, "pidAfter", rule->pidAfter, SIZE) ||
      !js::textProperty(env, object, "socketAfter", rule->socketAfter, SIZE) ||
      !js::uintProperty(env, object, "socketRadix", &rule->socketRadix)) {
    return false;
  }
  bool isRadix = rule->socketRadix == 0 || rule->socketRadix == 10 || rule->socketRadix == 16;
  bool hasTexts = rule->pidAfter[0] != '\0' && (rule->socketRadix == 0 || rule->socketAfter[0] != '\0');
  return (rule->isText ? isRadix && hasTexts : rule->socketRadix == 0) || invalid(env);
}

bool readRule(napi_env env, napi_value object, CaptureRule* rule) {
  napi_value files;
  if (!js::uintProperty(env, object, "offset", &rule->offset) ||
      !js::uintProperty(env, object, "value", &rule->value) ||
      !js::uintProperty(env, object, "pidOffset", &rule->pidOffset) || !readTexts(env, object, rule) ||
      !js::arrayProperty(env, object, "files", &files, &rule->fileCount)) {
    return false;
  }
  if (rule->fileCount > CaptureRule::MAX_FILES) return invalid(env);
  for (uint32_t index = 0; index < rule->fileCount; index++) {
    napi_value file;
    napi_get_element(env, files, index, &file);
    if (!readFileRule(env, file, &rule->files[index])) return false;
  }
  return true;
}

}  // namespace

bool readCaptures(napi_env env, napi_value config, ProcessCapture& capture) {
  napi_value rules;
  uint32_t count;
  char root[MAX_PATH_BYTES];
  if (!js::arrayProperty(env, config, "captures", &rules, &count) ||
      !js::textProperty(env, config, "procfsRoot", root, sizeof root)) {
    return false;
  }
  if (count > ProcessCapture::MAX_RULES) return invalid(env);
  for (uint32_t index = 0; index < count; index++) {
    napi_value rule;
    napi_get_element(env, rules, index, &rule);
    if (!readRule(env, rule, capture.addRule())) return false;
  }
  if (capture.isEmpty()) return true;
  int procfs = openProcfs(root);
  if (procfs < 0) {
    js::throwErrno(env, -procfs, "open");
    return false;
  }
  capture.setProcfs(procfs);
  return true;
}
