export { createProcmonService, type ProcmonService, type ProcmonServiceOptions } from "../service/procmon-service.ts";
export { type ServiceStatus, statusOf } from "../service/service-error.ts";
export { defaultAddress } from "./default-address.ts";
export type { ServerTls } from "./listen-rules.ts";
export { type RunningServer, serve } from "./serve.ts";
export type { ServeOptions, WebOptions } from "./serve-options.ts";
