import type { sendUnaryData } from "@grpc/grpc-js";
import { statusOf } from "../service/service-error.ts";

/** Ends a call with many answers by the status of an error. */
export function failStream(call: { emit(event: "error", status: object): boolean }, error: unknown): void {
  const { code, message } = statusOf(error);
  call.emit("error", { code, details: message });
}

/** Answers a call by the status of an error. */
export function failAnswer(answer: sendUnaryData<Buffer>, error: unknown): void {
  const { code, message } = statusOf(error);
  answer({ code, details: message });
}
