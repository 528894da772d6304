import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  type JsonValue,
  ScalarType,
} from "@bufbuild/protobuf";
import fc from "fast-check";
import { inBytes, isNumber } from "./python-map-order.ts";

/** A message inside a message inside a message… */
const DEEPEST = 4;

/** Any message of this type, as JSON (https://protobuf.dev/programming-guides/json/), maps in the order of their keys' bytes. */
export function anyMessage(type: DescMessage, depth = 0): fc.Arbitrary<JsonValue> {
  const members = type.members.filter((member) => depth < DEEPEST || !holdsMessages(member));
  const parts = members.map((member) => (member.kind === "oneof" ? anyOneof(member, depth) : anyField(member, depth)));
  return fc.tuple(...parts).map((fields) => Object.fromEntries(fields.flat()));
}

type Fields = readonly (readonly [name: string, value: JsonValue])[];

function holdsMessages(member: DescField | DescOneof): boolean {
  return member.kind === "oneof" ? member.fields.some(holdsMessages) : member.message !== undefined;
}

function anyOneof(oneof: DescOneof, depth: number): fc.Arbitrary<Fields> {
  return fc.oneof(fc.constant([]), ...oneof.fields.map((field) => anyPresent(field, depth)));
}

function anyField(field: DescField, depth: number): fc.Arbitrary<Fields> {
  return fc.oneof(fc.constant([]), { arbitrary: anyPresent(field, depth), weight: 3 });
}

function anyPresent(field: DescField, depth: number): fc.Arbitrary<Fields> {
  return anyValue(field, depth).map((value) => [[field.jsonName, value]]);
}

function anyValue(field: DescField, depth: number): fc.Arbitrary<JsonValue> {
  if (field.fieldKind === "list") return fc.array(anyItem(field, depth), { maxLength: 3 });
  if (field.fieldKind !== "map") return anyItem(field, depth);
  const key = anyText.filter((text) => !isNumber(text));
  return fc
    .uniqueArray(fc.tuple(key, anyItem(field, depth)), { selector: ([name]) => name, maxLength: 4 })
    .map((entries) => Object.fromEntries(entries.sort(([one], [other]) => inBytes(one, other))));
}

interface Item {
  readonly scalar?: ScalarType | undefined;
  readonly enum?: DescEnum | undefined;
  readonly message?: DescMessage | undefined;
}

function anyItem(item: Item, depth: number): fc.Arbitrary<JsonValue> {
  if (item.message !== undefined) return anyMessage(item.message, depth + 1);
  if (item.enum !== undefined) return fc.constantFrom(...item.enum.values.map(({ name }) => name));
  const values = item.scalar === undefined ? undefined : SCALARS[item.scalar];
  if (values === undefined) throw new Error(`there are no values of the type ${item.scalar}`);
  return values;
}

const anyText = fc.string({ unit: "binary", maxLength: 40 });
const asText = (value: bigint) => String(value);
const anyUint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(asText);

const SCALARS: Partial<Record<ScalarType, fc.Arbitrary<JsonValue>>> = {
  [ScalarType.STRING]: anyText,
  [ScalarType.BOOL]: fc.boolean(),
  [ScalarType.UINT32]: fc.nat({ max: 2 ** 32 - 1 }),
  [ScalarType.UINT64]: fc.oneof(anyUint64, fc.nat().map(String)),
  [ScalarType.FIXED64]: anyUint64,
  [ScalarType.INT64]: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(asText),
  // JSON has no -0.
  [ScalarType.DOUBLE]: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
};
