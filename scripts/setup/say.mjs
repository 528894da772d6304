/** Set-up speaks on standard error, so that standard output stays the command's own. */
export function say(line) {
  process.stderr.write(`procmon: ${line}\n`);
}

/** Ends with one sentence and what to do, never with a stack trace. */
export function giveUp(sentence, output = "") {
  if (output.trim()) process.stderr.write(`${output.trimEnd()}\n`);
  say(sentence);
  process.exit(1);
}
