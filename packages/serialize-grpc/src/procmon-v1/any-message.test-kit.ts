import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import fc, { type Arbitrary } from "fast-check";
import { anyInt64, anyUint32, anyUint64 } from "./arbitraries.test-kit.ts";

/** How deep messages stand in each other. */
const DEPTH = 4;

/** Any message of a generated schema: every field there or not, enums also with numbers that they do not have. */
export function anyMessage<Desc extends DescMessage>(desc: Desc, depth: number = DEPTH): Arbitrary<Message> {
  const members = desc.members.map((member): [string, Arbitrary<unknown>] => {
    if (member.kind !== "oneof") return [member.localName, anyField(member, depth)];
    const cases = member.fields.map((field) =>
      fc.record({ case: fc.constant(field.localName), value: anyField(field, depth) }),
    );
    return [member.localName, fc.oneof(...cases)];
  });
  return fc.record(Object.fromEntries(members), { requiredKeys: [] }).map((init) => create(desc as DescMessage, init));
}

function anyField(field: DescField, depth: number): Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "scalar":
      return anyScalar(field.scalar);
    case "enum":
      return anyEnum;
    case "message":
      return depth > 0 ? anyMessage(field.message, depth - 1) : fc.constant(undefined);
    case "list":
      return fc.array(anyElement(field, depth), { maxLength: depth > 0 ? 3 : 0 });
    case "map":
      return fc.dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        field.mapKind === "scalar" ? anyScalar(field.scalar) : fc.constant(undefined),
        { maxKeys: 3, noNullPrototype: true },
      );
  }
}

function anyElement(field: DescField & { fieldKind: "list" }, depth: number): Arbitrary<unknown> {
  if (field.listKind === "scalar") return anyScalar(field.scalar);
  return field.listKind === "enum" ? anyEnum : anyMessage(field.message, Math.max(depth - 1, 0));
}

const anyEnum = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 13 }) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
);

function anyScalar(type: ScalarType): Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return fc.string({ unit: "grapheme" });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.UINT32:
      return anyUint32;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return anyUint64;
    case ScalarType.INT64:
      return anyInt64;
    case ScalarType.DOUBLE:
      return fc.double();
    default:
      throw new Error(`no values for ${ScalarType[type]}`);
  }
}
