/** Stubs from a control plane, for a machine without a toolchain: each verified by the digest and the signature of that control plane. */
import { createHash, createPublicKey, verify } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { StubProvider } from "@zerostart/build";
import { stubStatement } from "@zerostart/protocol/targets.ts";
import { z } from "zod";
import { exitCodes, Failure } from "./failure.ts";

const mostBytes = 64 << 20;
const known = z.record(z.string(), z.string());

/** Keys of the control planes that were used before: as with SSH, the first one seen is the one that is believed. */
function knownServersPath(): string {
  return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "zerostart", "servers.json");
}

async function knownServers(): Promise<Record<string, string>> {
  const text = await readFile(knownServersPath(), "utf8").catch(() => "{}");
  try {
    return known.parse(JSON.parse(text));
  } catch {
    throw new Failure(exitCodes.usage, `${knownServersPath()} is not a list of control planes: mend or remove it`);
  }
}

async function remember(server: string, key: string): Promise<void> {
  const path = knownServersPath();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.part`, `${JSON.stringify({ ...(await knownServers()), [server]: key }, null, 1)}\n`, { mode: 0o600 });
  await rename(`${path}.part`, path);
}

/**
 * @param pinned the control plane's public key (SPKI DER, base64) when the person gave it
 * @throws Failure when the control plane cannot be reached or refuses, or when what it gives is not what it signed
 */
export async function stubsFrom(url: string, token: string, pinned?: string): Promise<StubProvider> {
  const server = url.replace(/\/+$/, "");
  const before = pinned ?? (await knownServers())[server];
  const key = await keyOf(server, token);
  if (before !== undefined && key !== before) {
    throw new Failure(
      exitCodes.controlPlane,
      `${server} signs with another key than ${pinned === undefined ? "before" : "--server-key"}: it is another control plane, or its data was lost. If that is so, ${pinned === undefined ? `remove it from ${knownServersPath()}` : "give its new key"}`,
    );
  }
  return {
    name: `from${createHash("sha256").update(`${server}\0${key}`).digest("hex").slice(0, 16)}`,
    async fetch({ target, identity, symbols, tls }, signal) {
      const query = [...(symbols ? ["symbols=1"] : []), ...(tls ? ["tls=1"] : [])].join("&");
      const path = `/api/stubs/${target}/${identity}${query && `?${query}`}`;
      const { headers, bytes } = await get(server, token, path, `stub for ${target}`, signal);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      if (headers.get("x-zerostart-sha256") !== sha256) throw new Failure(exitCodes.controlPlane, `the stub for ${target} was damaged on its way`);
      const statement = createHash("sha256").update(stubStatement({ target, identity, symbols, tls, sha256 })).digest();
      if (!isSigned(statement, key, headers.get("x-zerostart-signature") ?? ""))
        throw new Failure(exitCodes.controlPlane, `the stub for ${target} is not signed by ${server}`);
      if (before === undefined) await remember(server, key);
      return bytes;
    },
  };
}

/** @throws Failure with what the control plane said */
async function get(server: string, token: string, path: string, what: string, signal?: AbortSignal): Promise<{ headers: Headers; bytes: Uint8Array }> {
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch(`${server}${path}`, { headers: { authorization: `Bearer ${token}` }, redirect: "error", signal: signal ?? null });
    if (Number(response.headers.get("content-length")) > mostBytes) throw new Error("it answered with more than a stub");
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : error instanceof Error ? error.message : String(error);
    throw new Failure(exitCodes.controlPlane, `the control plane at ${server} cannot be reached: ${cause}`);
  }
  if (response.ok) return { headers: response.headers, bytes };
  const why = z.object({ error: z.string() }).safeParse(parseJson(bytes));
  throw new Failure(exitCodes.controlPlane, `${server} gives no ${what}: ${why.success ? why.data.error : `status ${response.status}`}`);
}

async function keyOf(server: string, token: string): Promise<string> {
  const answer = z.object({ publicKey: z.string() }).safeParse(parseJson((await get(server, token, "/api/stubs/key", "key")).bytes));
  if (!answer.success) throw new Failure(exitCodes.controlPlane, `${server} answers in a form this zerostart does not know: are both of the same version?`);
  return answer.data.publicKey;
}

function isSigned(statement: Uint8Array, key: string, signature: string): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });
    return publicKey.asymmetricKeyType === "ed25519" && verify(null, statement, publicKey, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
