import type {
  ChecksumChangeEvent,
  ChecksumEvent,
  ExecEvent,
  ExitEvent,
  ForkEvent,
  LostEvent,
  MethodEvent,
  MonitorEvent,
} from "@procmon/core";
import { Alert_Action, Alert_Priority, Alert_Type, Alert_What } from "../generated/opensnitch/ui_pb.js";
import type { WireWriter } from "../wire/wire-writer.ts";
import { tellLoss, tellMethod } from "./alert-text.ts";
import { type OpenSnitchConnectionOptions, writeOpenSnitchConnection } from "./encode-connection.ts";
import type { ConnectionEvent } from "./encode-event.ts";
import { writeOpenSnitchProcess } from "./encode-process.ts";
import { encodeFields, writeUint64 } from "./opensnitch-wire.ts";

type ProcessEvent = ExecEvent | ForkEvent | ExitEvent | ChecksumEvent | ChecksumChangeEvent;

interface Weight {
  readonly type: Alert_Type;
  readonly priority: Alert_Priority;
}

const NEWS: Weight = { type: Alert_Type.INFO, priority: Alert_Priority.LOW };
const TROUBLE: Weight = { type: Alert_Type.WARNING, priority: Alert_Priority.MEDIUM };
const SUSPICION: Weight = { type: Alert_Type.WARNING, priority: Alert_Priority.HIGH };
const FAILURE: Weight = { type: Alert_Type.ERROR, priority: Alert_Priority.HIGH };

/**
 * Any event as OpenSnitch's message `Alert` (proto/opensnitch/ui.proto): with the process, the connection, or else a
 * sentence. Its id is the event's time, as with OpenSnitch's daemon, and `action` asks the UI to show it.
 */
export function openSnitchAlert(event: MonitorEvent, options?: OpenSnitchConnectionOptions): Buffer {
  switch (event.type) {
    case "exec":
    case "fork":
    case "exit":
    case "checksum":
      return processAlert(event, NEWS, options);
    case "checksum-change":
      return processAlert(event, SUSPICION, options);
    case "connect":
    case "accept":
    case "listen":
    case "close":
    case "flow":
      return connectionAlert(event, options);
    case "lost":
      return textAlert(event, TROUBLE, tellLoss(event));
    case "method":
      return textAlert(event, weightOf(event), tellMethod(event));
  }
}

/** The UI shows the path of the process only with `KERNEL_EVENT`. */
function processAlert(event: ProcessEvent, weight: Weight, options: OpenSnitchConnectionOptions | undefined): Buffer {
  return encodeFields((writer) => {
    writeHead(writer, event, weight, Alert_What.KERNEL_EVENT);
    const mark = writer.begin(8);
    writeOpenSnitchProcess(writer, event.process, { env: options?.env === true });
    writer.end(mark);
  });
}

function connectionAlert(event: ConnectionEvent, options: OpenSnitchConnectionOptions | undefined): Buffer {
  return encodeFields((writer) => {
    writeHead(writer, event, NEWS, Alert_What.CONNECTION);
    const mark = writer.begin(9);
    writeOpenSnitchConnection(writer, event, options);
    writer.end(mark);
  });
}

/** The UI shows a text only with `GENERIC`. */
function textAlert(event: LostEvent | MethodEvent, weight: Weight, text: string): Buffer {
  return encodeFields((writer) => {
    writeHead(writer, event, weight, Alert_What.GENERIC);
    writer.text(6, text);
  });
}

function writeHead(writer: WireWriter, { time }: MonitorEvent, { type, priority }: Weight, what: Alert_What): void {
  writeUint64(writer, 1, time);
  writeEnum(writer, 2, type);
  writeEnum(writer, 3, Alert_Action.SHOW_ALERT);
  writeEnum(writer, 4, priority);
  writeEnum(writer, 5, what);
}

function writeEnum(writer: WireWriter, field: number, value: number): void {
  if (value !== 0) writer.uint(field, value);
}

function weightOf({ change }: MethodEvent): Weight {
  if (change === "failure") return FAILURE;
  return change === "fallback" || change === "restart" ? TROUBLE : NEWS;
}
