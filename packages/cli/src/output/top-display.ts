import type { CommandContext } from "../command-context.ts";
import { formatJson } from "./json.ts";
import { openScreen, type Screen } from "./screen.ts";
import { type MeasuredTraffic, topDocument } from "./top-document.ts";
import { formatTop } from "./top-table.ts";

/** Where the looks of `procmon top` are shown. */
export interface TopDisplay extends AsyncDisposable {
  show(traffic: MeasuredTraffic): Promise<void>;
}

/** How they are shown. */
export interface TopDisplayOptions {
  readonly json?: boolean;
  /** Only one look comes. */
  readonly once?: boolean;
}

/** One JSON document a line; else a table: in place on a terminal, below each other elsewhere. */
export async function openTopDisplay(options: TopDisplayOptions, context: CommandContext): Promise<TopDisplay> {
  const { output, palette } = context;
  if (options.json === true) return plain((traffic) => output.write(formatJson(topDocument(traffic))));
  if (options.once !== true && canDraw(context)) return onScreen(await openScreen(output), context);
  let isFirst = true;
  return plain(async (traffic) => {
    const text = formatTop(traffic, palette, { width: context.terminalWidth() });
    await output.write(isFirst ? text : `\n${text}`);
    isFirst = false;
  });
}

/** True for a terminal that can put text in a place. */
function canDraw(context: CommandContext): boolean {
  return context.terminalHeight() !== undefined && process.env.TERM !== "dumb";
}

function plain(show: TopDisplay["show"]): TopDisplay {
  return { show, [Symbol.asyncDispose]: async () => undefined };
}

async function onScreen(screen: Screen, context: CommandContext): Promise<TopDisplay> {
  await screen.draw("Measuring …");
  return {
    show(traffic) {
      const room = { width: context.terminalWidth(), height: context.terminalHeight() };
      return screen.draw(formatTop(traffic, context.palette, room));
    },
    [Symbol.asyncDispose]: () => screen[Symbol.asyncDispose](),
  };
}
