/** What figures are made of, in words: shown beside them. */
import { formatCount } from "../../../lib/format.ts";

/** As the server's answers say it (server/samples/read.ts). */
type Basis = "all" | "newest" | "sketched" | "kept";

/** As many starts are read one by one at most. */
const exactStarts = 10_000;

const texts: Record<Basis, string> = {
  all: "exact, of every start",
  newest: `of the newest ${formatCount(exactStarts)} starts`,
  sketched: "of every start, by sketches: within 1 %, whole minutes or hours",
  kept: "of the starts that are kept one by one",
};

export const basisText = (basis: Basis): string => texts[basis];
