import { ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder } from "@grpc/grpc-js";
import { STATUS } from "../service/service-error.ts";

/**
 * Ends calls whose request has not come within that time, in milliseconds: nothing of what a client begins waits for ever. The client keeps the
 * stream until it ends it, too; of these a connection has a bounded number.
 */
export function requestDeadline(limitMs: number): ServerInterceptor {
  return (method, call) => {
    const late = (): void => {
      call.sendStatus({ code: STATUS.DEADLINE_EXCEEDED, details: "The request did not come in time." });
    };
    const timer = setTimeout(late, limitMs);
    return new ServerInterceptingCall(call, {
      start(next) {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMessage((message, pass) => {
            // Where there is one message, the call begins with the end of the request; else with its first message.
            if (method.requestStream) clearTimeout(timer);
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
