/** From an order to a file that may take this agent's place: fetched, verified, and tried beside the running one. */
import { execFile } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { promisify } from "node:util";
import { agentStatement, protocolVersion, type AgentOrder } from "@zerostart/protocol";
import { z } from "zod";
import type { Download } from "./artifacts.ts";
import { writeFileDurably } from "./files.ts";
import { canBecome, cannotBecome, type Installs } from "./installs.ts";

const run = promisify(execFile);
const mostBytes = 64 << 20;
const tryWithinMs = 30_000;
const introduction = z.object({ version: z.string(), protocolVersion: z.number() });

/** What was ordered is not fit to take this agent's place, for good. The message is fit to be shown. */
export class UpgradeError extends Error {}

/** @throws UpgradeError; other errors: it could not be fetched now */
export async function prepareUpgrade(order: AgentOrder, signingKey: string, installs: Installs, download: Download): Promise<void> {
  if (!canBecome) throw new UpgradeError(cannotBecome);
  const { sha256, sizeBytes, signature } = order;
  const key = createPublicKey({ key: Buffer.from(signingKey, "base64"), format: "der", type: "spki" });
  if (key.asymmetricKeyType !== "ed25519" || !verify(null, agentStatement(sha256), key, Buffer.from(signature, "base64")))
    throw new UpgradeError("the new agent is not signed by this control plane; it was not started");
  if (sizeBytes > mostBytes) throw new UpgradeError(`the new agent has ${sizeBytes} bytes; more than ${mostBytes} are not taken`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of await download(sha256)) {
    size += part.length;
    if (size > sizeBytes) throw new UpgradeError(`the new agent is longer than the ${sizeBytes} bytes announced; it was not started`);
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== sha256) throw new UpgradeError(`the new agent was tampered with or damaged: its SHA-256 is ${digest}; it was not started`);
  writeFileDurably(installs.path(sha256), bytes, 0o500);
  await tryFile(installs.path(sha256));
}

/** It loads here, unpacks its launcher, and speaks our protocol. */
async function tryFile(file: string): Promise<void> {
  let said: string;
  try {
    ({ stdout: said } = await run(process.execPath, [...process.execArgv, file, "--check"], { timeout: tryWithinMs, killSignal: "SIGKILL" }));
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new UpgradeError(`the new agent does not run here: ${(stderr?.trim() || message).split("\n").slice(-12).join("\n")}`);
  }
  const parsed = z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(introduction)
    .safeParse(said);
  if (!parsed.success) throw new UpgradeError("the new agent does not say what it is");
  if (parsed.data.protocolVersion !== protocolVersion)
    throw new UpgradeError(`the new agent speaks version ${parsed.data.protocolVersion} of the protocol, this one ${protocolVersion}`);
}
