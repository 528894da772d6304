/** Why the native half cannot be used, and what would help: whole sentences. */
export interface LoadFailure {
  readonly reason: string;
  readonly remedy: string;
}

/** There is no binary for machines like this one. */
export function noSuchPlatform(platform: string): LoadFailure {
  return {
    reason: `@procmon/native has no binary for ${platform}.`,
    remedy: "There are binaries for Linux on x64 and arm64.",
  };
}

/** There should be a binary, and it is not there. */
export function noSuchFile(binary: string): LoadFailure {
  return {
    reason: `The binary of @procmon/native is missing: ${binary}`,
    remedy: "Install the package again; in a checkout, npm run setup builds it where there is a C++ compiler.",
  };
}

/** What dlopen(3), or Node.js, said of a binary that is there. */
export function notLoaded(platform: string, said: string): LoadFailure {
  const remedy = REMEDIES.find(({ sign }) => sign.test(said))?.remedy;
  return {
    reason: `The binary of @procmon/native for ${platform} could not be loaded: ${said}.`,
    remedy: remedy ?? "Install the package again; if that does not help, report it.",
  };
}

const REMEDIES = [
  {
    sign: /GLIBC_[\d.]+' not found/,
    remedy: "The C library of this system is too old for it; a newer release of the system has one that will do.",
  },
  {
    sign: /undefined symbol: (?:napi|node_api)_|: (?:napi|node_api)_\w+: symbol not found|Node-API version/,
    remedy: "This Node.js is too old for it: update Node.js.",
  },
  {
    sign: /failed to map segment|Operation not permitted|Permission denied/,
    remedy:
      "Code may not be loaded from this folder: see whether its file system is mounted noexec, and who may read the file.",
  },
];
