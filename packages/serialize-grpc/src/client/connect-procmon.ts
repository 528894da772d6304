import { create, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { type ConnectionTuple, checkConnection, ProcmonError } from "@procmon/core";
import { FindProcessRequestSchema, StatsResponseSchema } from "../generated/procmon/v1/service_pb.js";
import { decodeOwnership } from "../procmon-v1/decode-ownership.ts";
import { decodeProcess } from "../procmon-v1/decode-process.ts";
import { writeConnection } from "../procmon-v1/encode-connection.ts";
import { encodeMessage } from "../procmon-v1/encode-message.ts";
import { checkPrivateFolder, defaultAddress, privateFolder } from "../server/default-address.ts";
import { shownValue } from "../text/shown-value.ts";
import { invalidMessage } from "../wire/invalid-message.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { createChannel } from "./channel.ts";
import { collectSnapshot } from "./collect-snapshot.ts";
import { closedError, createOpenCalls } from "./open-calls.ts";
import type { CallOptions, ConnectOptions, ProcmonClient } from "./procmon-client.ts";
import { readMessage, readOnlyField } from "./read-message.ts";
import { encodeWatchRequest } from "./watch-request.ts";
import { createWatchStream } from "./watch-stream.ts";

const DEFAULT_TIMEOUT = 30_000;
/** The longest time of setTimeout. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;
const NO_REQUEST: Uint8Array = new Uint8Array();
/** PID_MAX_LIMIT of a 64-bit kernel (include/linux/threads.h). */
const LARGEST_PID = 4_194_304;
/** Only to check a tuple without one: the service adds its own. */
const ANY_NETNS = 0;

/**
 * Makes a client of a service that `serve` or `procmon serve` offers.
 *
 * @throws ProcmonError `INVALID_OPTION`; `SERVICE_UNAVAILABLE` where the default address is in a folder of somebody else's.
 *
 * @example
 * using procmon = connectProcmon();
 * for await (const event of procmon.watch({ types: ["exec"] })) console.log(event.type);
 */
export function connectProcmon(options: ConnectOptions = {}): ProcmonClient {
  checkObject(options);
  const { address = safeDefaultAddress(), tls } = options;
  const defaultTimeout = checkTimeout(options.timeoutMs, DEFAULT_TIMEOUT);
  const calls = createOpenCalls(() => createChannel(address, tls), address);

  function limitsOf(options: CallOptions): { signal: AbortSignal | undefined; timeoutMs: number } {
    checkObject(options);
    const { signal, timeoutMs } = options;
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal must be an AbortSignal.");
    return { signal, timeoutMs: checkTimeout(timeoutMs, defaultTimeout) };
  }

  return {
    address,
    watch(options = {}) {
      const { signal, timeoutMs: firstWithinMs } = limitsOf(options);
      const request = encodeWatchRequest(options, options.env === true);
      return createWatchStream(calls.stream("Watch", request, { signal, timeoutMs: undefined, firstWithinMs }));
    },
    async findOwner(connection, options = {}) {
      checkConnection(connection, ANY_NETNS);
      const answer = await calls.ask("FindOwner", encodeMessage(writeFindOwner, connection, false), limitsOf(options));
      const ownership = decodeOwnership((answer && readOnlyField(answer)) ?? NO_REQUEST);
      if (ownership === undefined) throw invalidMessage("it is an ownership of a kind that this version does not know");
      return ownership;
    },
    async findProcess(pid, options = {}) {
      const limits = limitsOf(options);
      const request = encodeFindProcess(pid, options.env === true);
      const answer = await calls.ask("FindProcess", request, limits, status.NOT_FOUND);
      if (answer === undefined) return undefined;
      const process = readOnlyField(answer);
      if (process === undefined) throw invalidMessage("it has no process");
      return decodeProcess(process);
    },
    async snapshot(options = {}) {
      const snapshot = await collectSnapshot(calls.stream("Snapshot", NO_REQUEST, limitsOf(options)));
      if (snapshot !== undefined) return snapshot;
      options.signal?.throwIfAborted();
      throw closedError();
    },
    async stats(options = {}) {
      return readMessage(StatsResponseSchema, (await calls.ask("Stats", NO_REQUEST, limitsOf(options))) ?? NO_REQUEST);
    },
    close: calls.close,
    [Symbol.dispose]: calls.close,
  };
}

/** In a folder for temporary files anybody may have made one of that name, and serve lies there. */
function safeDefaultAddress(): string {
  const folder = privateFolder();
  if (folder !== undefined) checkPrivateFolder(folder);
  return defaultAddress();
}

function checkTimeout(value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (Number.isInteger(value) && value > 0 && value <= LONGEST_TIMEOUT) return value;
  throw invalid(`${shownValue(value)} is no time for timeoutMs.`, `Give an integer from 1 to ${LONGEST_TIMEOUT}.`);
}

function checkObject(options: unknown): void {
  if (typeof options !== "object" || options === null) throw invalid("The options must be an object.");
}

function invalid(message: string, remedy = "Leave it out."): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message, remedy });
}

/** Writes the fields of a procmon.v1.FindOwnerRequest. */
function writeFindOwner(writer: WireWriter, connection: ConnectionTuple): void {
  const mark = writer.begin(1);
  writeConnection(writer, connection);
  writer.end(mark);
}

function encodeFindProcess(pid: number, env: boolean): Uint8Array {
  if (!Number.isInteger(pid) || pid < 1 || pid > LARGEST_PID) {
    throw new ProcmonError({
      code: "INVALID_PID",
      message: `${String(pid)} is no process id.`,
      remedy: `Give an integer from 1 to ${LARGEST_PID}.`,
    });
  }
  return toBinary(FindProcessRequestSchema, create(FindProcessRequestSchema, { pid, env }));
}
