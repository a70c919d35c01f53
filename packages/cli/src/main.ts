/** `zerostart`: see --help. What takes long and needs no argument begins before the commands are loaded. */
import { launchModes } from "@zerostart/protocol/targets.ts";
import { expectSnapshot } from "@zerostart/build/snapshot-thread.ts";

// The mode that is the default makes one, too. Who asks for help, or is mistaken, pays a thread.
const [command, ...rest] = process.argv.slice(2);
const otherModes = launchModes.filter(({ payload }) => payload !== "snapshot").map(({ name }) => name as string);
if (command === "build" && !rest.some((argument) => otherModes.includes(argument.replace(/^--mode=/, "")))) expectSnapshot();

await import("./program.ts");
