/** Which package and which folder may import which. */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "core-imports-nothing",
      comment: "core has no dependency, and least of all a method",
      severity: "error",
      from: { path: "^packages/core/src", pathNot: "\\.test\\.ts$" },
      to: { pathNot: ["^packages/core/src"], dependencyTypesNot: ["core"] },
    },
    {
      name: "no-method-to-method",
      severity: "error",
      from: { path: "^packages/(method-(?!test-suite)[^/]+)/" },
      to: { path: "^packages/method-", pathNot: ["^packages/$1/", "^packages/method-test-suite/"] },
    },
    {
      name: "methods-import-core-and-native-only",
      severity: "error",
      from: { path: "^packages/method-(?!test-suite)[^/]+/src", pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/", pathNot: ["^packages/core/", "^packages/native/", "^packages/method-"] },
    },
    {
      name: "hashing-imports-core-and-native-only",
      severity: "error",
      from: { path: "^packages/hashing/src", pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/", pathNot: ["^packages/(core|native|hashing)/"] },
    },
    {
      name: "serialize-grpc-imports-core-only",
      severity: "error",
      from: { path: "^packages/serialize-grpc/src", pathNot: "\\.test(-kit)?\\.ts$" },
      to: { path: "^packages/", pathNot: ["^packages/(core|serialize-grpc)/"] },
    },
    {
      name: "messages-come-without-a-transport",
      comment: "who only encodes and decodes loads no gRPC",
      severity: "error",
      from: {
        path: "^packages/serialize-grpc/src/((wire|text|procmon-v1|opensnitch)/|(index|serializer|messages)[.]ts)",
        pathNot: "\\.test(-kit)?\\.ts$",
      },
      to: {
        path: ["^packages/serialize-grpc/src/(service|server|web|client|tls|opensnitch-link)/", "/@(grpc|connectrpc)/"],
      },
    },
    {
      name: "suite-imports-core-only",
      severity: "error",
      from: { path: "^packages/method-test-suite/src", pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/", pathNot: ["^packages/core/", "^packages/method-test-suite/"] },
    },
    {
      name: "native-imports-nothing",
      severity: "error",
      from: { path: "^packages/native/" },
      to: { path: "^packages/", pathNot: "^packages/native/" },
    },
    {
      name: "packages-do-not-import-what-is-private",
      severity: "error",
      from: { path: "^packages/[^/]+/src", pathNot: "\\.test(-kit)?\\.ts$" },
      to: { path: "^(tests|benchmarks|examples|scripts)/" },
    },
    {
      name: "low-rooms-of-core-do-not-know-high-ones",
      severity: "error",
      from: {
        path: "^packages/core/src/(text|procfs|errors|connection|process|cache|sockets)/",
        pathNot: "\\.test\\.ts$",
      },
      to: { path: "^packages/core/src/(monitor|method|plugin)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "nothing-unresolved",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: ["\\.(test|config)\\.ts$", "\\.d\\.ts$", "/index\\.ts$"] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "/dist/"] },
    exclude: { path: ["/dist/", "/\\.turbo/"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@procmon/source", "import", "types", "node"],
    },
  },
};
