import type { FileIdentity } from "@procmon/core";
import type { AuditExec, AuditFile } from "../normalize/normalized-event.ts";
import { absolutePath } from "./executable-name.ts";

/** Among so many arguments the kernel puts the name of a script: five levels, of which each may have an option before it. */
const SEARCHED = 11;
/** A file that is run by its descriptor alone is given to its interpreter by this name. */
const DESCRIPTOR = "/dev/fd/";

/**
 * Which file a process runs, as the records of its exec tell; undefined where it is not certain which of their files it is.
 *
 * What was asked to run comes first among them, and is the executable unless it is a script. The kernel gives every script to its
 * interpreter as an argument, by the name that was asked for (load_script() of fs/binfmt_script.c, load_misc_binary() of
 * fs/binfmt_misc.c): so where no argument has that name, it is none. Else the names tell, of which most are links, such as `/bin/sh`.
 */
export function executedFile(event: AuditExec): FileIdentity | undefined {
  // Without all records nobody knows which of the files is the first.
  if (!event.complete) return undefined;
  const [asked] = event.files;
  if (asked === undefined) return undefined;
  return identityOf(isProgram(event, asked) ? [asked] : (lastInterpreter(event) ?? filesOfName(event)));
}

/** True if what was asked to run is no script. */
function isProgram({ args, argsTruncated }: AuditExec, { name }: AuditFile): boolean {
  // A name of which only a part is there could be any argument.
  if (args === undefined || argsTruncated) return false;
  const given = args.slice(1, SEARCHED);
  if (name === "") return !given.some((argument) => argument.startsWith(DESCRIPTOR));
  // In a folder that is given by its descriptor, the kernel adds to the name where that is.
  return !given.some((argument) => argument === name || (argument.startsWith(DESCRIPTOR) && argument.endsWith(name)));
}

/**
 * A program brings one more file at most, its dynamic linker: of three or more the first one is a script, and the first argument is the name of
 * the interpreter that runs in the end. Its linker may come after it. (Only who registers an interpreter by another's name, and has the kernel
 * hold it open, binfmt_misc's flag `F`, makes this wrong; the script is told all the same.)
 */
function lastInterpreter({ args = [], files }: AuditExec): readonly AuditFile[] | undefined {
  if (files.length < 3) return undefined;
  const named = files.slice(-2).filter(({ name }) => name !== "" && name === args[0]);
  return named.length === 1 ? named : undefined;
}

/** Those that have the executable's own name. */
function filesOfName({ files, cwd, subject: { exe } }: AuditExec): readonly AuditFile[] {
  return exe === undefined ? [] : files.filter(({ name }) => absolutePath(name, cwd) === exe);
}

/** Several may be the same file. */
function identityOf([file, ...others]: readonly AuditFile[]): FileIdentity | undefined {
  const { inode, device } = file ?? {};
  if (inode === undefined || device === undefined) return undefined;
  if (others.some((other) => other.inode !== inode || other.device !== device)) return undefined;
  return { device, inode: BigInt(inode) };
}
