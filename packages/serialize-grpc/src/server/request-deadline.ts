import { ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder } from "@grpc/grpc-js";
import { STATUS } from "../service/service-error.ts";

/** Ends calls whose request has not come within that time, in milliseconds: a client that begins and stops must not keep its place. */
export function requestDeadline(limitMs: number): ServerInterceptor {
  return (_method, call) => {
    const late = (): void => {
      call.sendStatus({ code: STATUS.DEADLINE_EXCEEDED, details: "The request did not come in time." });
    };
    const timer = setTimeout(late, limitMs);
    return new ServerInterceptingCall(call, {
      start(next) {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMessage((message, pass) => {
            clearTimeout(timer);
            pass(message);
          })
          .withOnReceiveHalfClose((pass) => {
            clearTimeout(timer);
            pass();
          })
          .withOnCancel(() => clearTimeout(timer))
          .build();
        next(listener);
      },
    });
  };
}
