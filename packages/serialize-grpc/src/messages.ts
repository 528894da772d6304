// The generated code of both schemas, for @bufbuild/protobuf and Connect's clients.
export * as opensnitch from "./generated/opensnitch/ui_pb.js";
export * from "./generated/procmon/v1/connection_pb.js";
export * from "./generated/procmon/v1/event_pb.js";
export * from "./generated/procmon/v1/process_pb.js";
export * from "./generated/procmon/v1/service_pb.js";
