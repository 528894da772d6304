import { type DescFile, toBinary } from "@bufbuild/protobuf";
import { type DescriptorProto, type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Files of a schema, to be found by their names and by what they declare. */
export interface DescribedFiles {
  /** The full names of all services. */
  readonly services: readonly string[];
  /** The file and all that it imports, each as a google.protobuf.FileDescriptorProto. Undefined where there is none of that name. */
  byName(name: string): readonly Uint8Array[] | undefined;
  /** The same, by a message, an enum, a service or a method. */
  bySymbol(symbol: string): readonly Uint8Array[] | undefined;
}

/** All files that a file needs, itself among them. */
export function withImports(file: DescFile): FileDescriptorProto[] {
  return [file.proto, ...file.dependencies.flatMap(withImports)];
}

/** Makes an index of these files. */
export function describeFiles(files: readonly FileDescriptorProto[]): DescribedFiles {
  const encoded = new Map<string, Uint8Array>();
  const imports = new Map<string, readonly string[]>();
  const homes = new Map<string, string>();
  const services: string[] = [];

  for (const file of files) {
    if (encoded.has(file.name)) continue;
    encoded.set(file.name, toBinary(FileDescriptorProtoSchema, file));
    imports.set(file.name, file.dependency);
    const scope = file.package;
    for (const message of file.messageType) for (const name of namesIn(message, scope)) homes.set(name, file.name);
    for (const { name } of file.enumType) homes.set(`${scope}.${name}`, file.name);
    for (const { name, method } of file.service) {
      const service = `${scope}.${name}`;
      services.push(service);
      homes.set(service, file.name);
      for (const { name: call } of method) homes.set(`${service}.${call}`, file.name);
    }
  }

  function byName(name: string): readonly Uint8Array[] | undefined {
    if (!encoded.has(name)) return undefined;
    const names = new Set([name]);
    for (const known of names) for (const needed of imports.get(known) ?? []) names.add(needed);
    return [...names].map((known) => encoded.get(known)).filter((bytes) => bytes !== undefined);
  }

  return {
    services,
    byName,
    bySymbol(symbol) {
      const home = homes.get(symbol);
      return home === undefined ? undefined : byName(home);
    },
  };
}

function namesIn(message: DescriptorProto, scope: string): string[] {
  const own = `${scope}.${message.name}`;
  const enums = message.enumType.map(({ name }) => `${own}.${name}`);
  return [own, ...enums, ...message.nestedType.flatMap((nested) => namesIn(nested, own))];
}
