// `npm start`: see scripts/start.ts, which this runs on the pinned Node after it has installed what is missing.
import { runPinned } from "./bootstrap.mjs";

runPinned("scripts/start.ts", process.argv.slice(2));
