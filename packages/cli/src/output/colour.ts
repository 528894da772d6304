import { styleText } from "node:util";

/** Paints a text; on a stream without colours it gives the text back. */
export type Paint = (text: string) => string;

/** The colours that the output uses, by what they say. */
export interface Palette {
  readonly heading: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warning: Paint;
  readonly accent: Paint;
  readonly faint: Paint;
}

/** The part of a terminal that is asked. */
export interface ColourStream {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

const none: Paint = (text) => text;

type Format = Parameters<typeof styleText>[0];

function paint(format: Format): Paint {
  const [open = "", close = ""] = styleText(format, "\0", { validateStream: false }).split("\0");
  return (text) => open + text + close;
}

/** True if the stream is a terminal that shows colours. `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are honoured by Node. */
export function showsColour(stream: ColourStream): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}

/** The colours for a stream. */
export function createPalette(stream: ColourStream): Palette {
  if (!showsColour(stream)) {
    return { heading: none, good: none, bad: none, warning: none, accent: none, faint: none };
  }
  return {
    heading: paint("bold"),
    good: paint("green"),
    bad: paint("red"),
    warning: paint("yellow"),
    accent: paint("cyan"),
    faint: paint("dim"),
  };
}
