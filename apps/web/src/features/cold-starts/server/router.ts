import { router } from "../../../server/trpc.ts";
import { byBuild } from "./by-build.ts";
import { facets } from "./facets.ts";
import { get } from "./get.ts";
import { histogram } from "./histogram.ts";
import { list } from "./list.ts";
import { summary } from "./summary.ts";
import { timeline } from "./timeline.ts";

export const coldStartsRouter = router({ byBuild, facets, get, histogram, list, summary, timeline });
