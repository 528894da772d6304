import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  type Schema,
  SchemaGenerator,
  StringType,
  type SubNodeParser,
} from "ts-json-schema-generator";

/** The published schemas: file name without `.schema.json`, to the type that the command prints. */
export const SCHEMAS: Readonly<Record<string, string>> = {
  "watch-record": "WatchRecord",
  ls: "LsDocument",
  who: "WhoDocument",
  inspect: "InspectDocument",
  tree: "TreeDocument",
  top: "TopDocument",
  doctor: "DoctorDocument",
};

/** The compiler that the generator itself uses: numbers of syntax kinds differ from version to version. */
const { SyntaxKind } = createRequire(import.meta.resolve("ts-json-schema-generator"))("typescript") as {
  SyntaxKind: Readonly<Record<"BigIntKeyword" | "TypeOperator" | "ParenthesizedType", number>>;
};

/** A bigint is printed as the decimal digits in a string. */
const bigintAsString: SubNodeParser = {
  supportsNode: (node) => node.kind === SyntaxKind.BigIntKeyword,
  createType: () => new StringType(),
};

/**
 * The items of a list of field names, `(keyof Process)[]`, are strings. The generator finds no keys for a type that
 * it has not finished yet.
 */
const fieldNameAsString: SubNodeParser = {
  supportsNode: (node) => node.kind === SyntaxKind.TypeOperator && node.parent.kind === SyntaxKind.ParenthesizedType,
  createType: () => new StringType(),
};

function createGenerator(): SchemaGenerator {
  const config = {
    ...DEFAULT_CONFIG,
    path: fileURLToPath(new URL("../src/documents.ts", import.meta.url)),
    tsconfig: fileURLToPath(new URL("../tsconfig.json", import.meta.url)),
    // Types are checked by tsc; here they are only read.
    skipTypeCheck: true,
  };
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => {
    chain.addNodeParser(bigintAsString);
    chain.addNodeParser(fieldNameAsString);
  });
  return new SchemaGenerator(program, parser, createFormatter(config), config);
}

/** The generator writes draft 7; all that it uses means the same in 2020-12 once definitions have their new name. */
function toDraft2020(schema: Schema, name: string, closed: boolean): object {
  const isLeftOut = (key: string, value: unknown): boolean =>
    !closed && key === "additionalProperties" && value === false;
  const open = JSON.stringify(schema, (key, value: unknown) => (isLeftOut(key, value) ? undefined : value));
  const text = open.replaceAll("#/definitions/", "#/$defs/");
  const { $schema: _draft7, definitions, ...rest } = JSON.parse(text) as Schema;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `https://unpkg.com/@procmon/cli/schemas/${name}.schema.json`,
    ...rest,
    $defs: definitions,
  };
}

/**
 * Makes all schemas from the types of the output. File name to text.
 *
 * @param closed Refuse fields that the types do not have. The published schemas do not, as later versions may add some. @default false
 */
export function generateSchemas(closed: boolean = false): ReadonlyMap<string, string> {
  const generator = createGenerator();
  const files = new Map<string, string>();
  for (const [name, type] of Object.entries(SCHEMAS)) {
    const schema = toDraft2020(generator.createSchema(type), name, closed);
    files.set(`${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
  }
  return files;
}
