export type { StatsResponse } from "../generated/procmon/v1/service_pb.js";
export type { ClientTls } from "./channel.ts";
export { connectProcmon } from "./connect-procmon.ts";
export type { CallOptions, ConnectOptions, ProcmonClient, WatchOptions } from "./procmon-client.ts";
export type { WatchFilter } from "./watch-request.ts";
export type { WatchStream } from "./watch-stream.ts";
