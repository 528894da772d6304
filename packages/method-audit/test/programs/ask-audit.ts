// Asks the kernel's audit system for its status, and prints it as JSON: {"enabled"}, or {"code","message","remedy"} of the error.
import { ProcmonError } from "@procmon/core";
import * as native from "@procmon/native";
import { openAuditControl } from "../../src/kernel/open-audit-control.ts";

try {
  using control = openAuditControl(native);
  console.log(JSON.stringify({ enabled: control.status().enabled }));
} catch (error) {
  if (!ProcmonError.isInstance(error)) throw error;
  const { code, message, remedy } = error;
  console.log(JSON.stringify({ code, message, remedy }));
}
