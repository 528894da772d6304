import { fileURLToPath } from "node:url";
import { type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  decodeEvent,
  decodeOpenSnitchProcess,
  decodeProcess,
  encodeEvent,
  encodeOpenSnitchProcess,
  encodeProcess,
} from "@procmon/serialize-grpc";
import { EventSchema, opensnitch, ProcessSchema } from "@procmon/serialize-grpc/messages";
import protobuf from "protobufjs";
import { over, playRounds } from "../measure.ts";
import { type Row, report } from "../report.ts";
import { sized } from "../size.ts";
import { sampleProcess } from "./sample-process.ts";

const CALLS = sized(10_000);
const ROUNDS = sized(20);
/** Microseconds of a processor that are promised: 100,000 messages in a second, and 60,000. */
const ENCODE_LIMIT = 10;
const DECODE_LIMIT = 16.6;

/** One message, and who encodes and decodes it. */
interface Subject {
  readonly name: string;
  readonly schema: DescMessage;
  /** The file of the schema in the package. */
  readonly proto: string;
  /** Whether it is this message whose speed is promised. */
  readonly isPromised: boolean;
  encode(): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

type Work = () => unknown;

/** Our own encoders and decoders against protobuf-es and protobufjs, with both schemas, on one thread. */
export async function serialize(): Promise<void> {
  const sample = sampleProcess();
  const event = { type: "exec", time: 1_760_000_000_123_456_789n, method: "ebpf", process: sample } as const;
  const withEnv = { env: true };
  await measure({
    name: "procmon.v1.Process",
    schema: ProcessSchema,
    proto: "procmon/v1/process.proto",
    isPromised: true,
    encode: () => encodeProcess(sample, withEnv),
    decode: decodeProcess,
  });
  await measure({
    name: "procmon.v1.Process without environment",
    schema: ProcessSchema,
    proto: "procmon/v1/process.proto",
    isPromised: false,
    encode: () => encodeProcess(sample),
    decode: decodeProcess,
  });
  await measure({
    name: "procmon.v1.Event of an exec",
    schema: EventSchema,
    proto: "procmon/v1/event.proto",
    isPromised: false,
    encode: () => encodeEvent(event, withEnv),
    decode: decodeEvent,
  });
  await measure({
    name: "OpenSnitch's Process",
    schema: opensnitch.ProcessSchema,
    proto: "opensnitch/ui.proto",
    isPromised: true,
    encode: () => encodeOpenSnitchProcess(sample, withEnv),
    decode: decodeOpenSnitchProcess,
  });
}

async function measure({ name, schema, proto, isPromised, encode, decode }: Subject): Promise<void> {
  const bytes = encode();
  const message = fromBinary(schema, bytes);
  const type = await protobufjsType(proto, schema.typeName);
  const reflected = type.decode(bytes);
  const encoders = {
    ours: encode,
    es: () => toBinary(schema, message),
    js: () => type.encode(reflected).finish(),
  };
  for (const [who, work] of Object.entries(encoders)) {
    if (!Buffer.from(work()).equals(bytes)) throw new Error(`${who} writes other bytes`);
  }
  const decoders = {
    ours: () => decode(bytes),
    es: () => fromBinary(schema, bytes),
    js: () => type.decode(bytes),
  };
  report(
    `serialize: ${name}, ${bytes.length} bytes`,
    [
      ...(await rows("encode", encoders, isPromised ? ENCODE_LIMIT : undefined)),
      ...(await rows("decode", decoders, isPromised ? DECODE_LIMIT : undefined)),
    ],
    ["the others encode messages of their own that are made already; ours begins with core's process"],
  );
}

async function rows(name: string, works: Readonly<Record<"ours" | "es" | "js", Work>>, limit?: number): Promise<Row[]> {
  // The three in each round, so that what disturbs one disturbs all.
  const rounds = over(
    await playRounds(ROUNDS, async () => ({ ours: perCall(works.ours), es: perCall(works.es), js: perCall(works.js) })),
  );
  const ours = rounds.least((round) => round.ours);
  const es = rounds.least((round) => round.es);
  const js = rounds.least((round) => round.js);
  const promise = limit === undefined ? {} : { limit: { value: limit } };
  return [
    { name, value: ours, unit: "µs", ...promise, against: { name: "protobuf-es", value: es } },
    { name, value: ours, unit: "µs", against: { name: "protobufjs", value: js } },
  ];
}

/** Microseconds of a processor; other programs do not count, and the collection of our own garbage does. */
function perCall(work: Work): number {
  const began = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / CALLS;
}

/** protobufjs makes its code of the schema while it runs; it is the same as that of its static generator. */
async function protobufjsType(proto: string, name: string): Promise<protobuf.Type> {
  const root = new protobuf.Root();
  const folder = fileURLToPath(import.meta.resolve(`@procmon/serialize-grpc/proto/${proto}`)).slice(0, -proto.length);
  root.resolvePath = (_, file) => `${folder}${file}`;
  await root.load(proto, { keepCase: true });
  return root.lookupType(name);
}
