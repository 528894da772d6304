export { ebpfMethod, ebpfMethod as default } from "./ebpf-method.ts";
export type { HookName } from "./hooks/hooks.ts";
export type { EbpfMethodOptions } from "./options.ts";
