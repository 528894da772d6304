export type { ProcMethodOptions } from "./options.ts";
export { procMethod, procMethod as default } from "./proc-method.ts";
