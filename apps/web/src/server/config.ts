/** What the process is told by its environment, parsed once. */
import { resolve } from "node:path";
import { z } from "zod";
import type { S3Address } from "./objects/s3-store.ts";
import { readTelemetryConfig, type TelemetryConfig } from "./telemetry/config.ts";

const environment = z.object({
  /** Folder of the database, objects and keys. */
  ZEROSTART_DATA: z.string().min(1).default("./data"),
  /** postgres://... for a server that several replicas share; without it, SQLite in the data folder. */
  ZEROSTART_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "an address like postgres://user:password@host:5432/database" }).optional(),
  /** Folder of the keys that all replicas share; the data folder unless named. */
  ZEROSTART_KEYS: z.string().min(1).optional(),
  /** Where sources and artifacts are kept; without it, in the data folder. Credentials as for any S3 client, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. */
  ZEROSTART_OBJECTS: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.\-/]*)?$/, "an address like s3://bucket or s3://bucket/prefix")
    .optional(),
  /** Of a store that is not Amazon's, e.g. http://minio:9000. */
  ZEROSTART_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  AWS_REGION: z.string().min(1).default("us-east-1"),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional(),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default("127.0.0.1"),
  /** How the outside reaches this server, when it is not http://localhost:PORT. */
  ZEROSTART_URL: z.url().optional(),
  /** Where alerts by email go out, e.g. smtps://user:password@mail.example:465. */
  ZEROSTART_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  ZEROSTART_MAIL_FROM: z.string().default("Zerostart <zerostart@localhost>"),
  /** The agent's file that hosts are upgraded to, if not the one that is built here. */
  ZEROSTART_AGENT_FILE: z.string().min(1).optional(),
  /** Lets webhooks reach addresses of this machine and its network. */
  ZEROSTART_ALLOW_PRIVATE_WEBHOOKS: z.stringbool().default(false),
});

export type Config = {
  dataDir: string;
  databaseUrl?: string | undefined;
  keysDir?: string | undefined;
  s3?: S3Address | undefined;
  port: number;
  host: string;
  publicUrl: string | undefined;
  smtpUrl?: string | undefined;
  mailFrom?: string;
  allowPrivateWebhooks: boolean;
  agentFile?: string | undefined;
  /** Undefined: off. */
  telemetry?: TelemetryConfig | undefined;
};

function s3Of(parsed: z.infer<typeof environment>): S3Address | undefined {
  if (parsed.ZEROSTART_OBJECTS === undefined) return undefined;
  const [bucket = "", ...folders] = parsed.ZEROSTART_OBJECTS.slice("s3://".length).split("/").filter(Boolean);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = parsed;
  if (!accessKeyId || !secretAccessKey) throw new Error("ZEROSTART_OBJECTS needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.");
  return {
    bucket,
    prefix: folders.map((folder) => `${folder}/`).join(""),
    endpoint: parsed.ZEROSTART_S3_ENDPOINT,
    region: parsed.AWS_REGION,
    accessKeyId,
    secretAccessKey,
    sessionToken: parsed.AWS_SESSION_TOKEN,
  };
}

/** Throws a ZodError that names the variable when one is malformed. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = environment.parse(env);
  return {
    dataDir: resolve(parsed.ZEROSTART_DATA),
    databaseUrl: parsed.ZEROSTART_DATABASE_URL,
    s3: s3Of(parsed),
    keysDir: parsed.ZEROSTART_KEYS === undefined ? undefined : resolve(parsed.ZEROSTART_KEYS),
    port: parsed.PORT,
    host: parsed.HOST,
    publicUrl: parsed.ZEROSTART_URL,
    smtpUrl: parsed.ZEROSTART_SMTP_URL,
    mailFrom: parsed.ZEROSTART_MAIL_FROM,
    allowPrivateWebhooks: parsed.ZEROSTART_ALLOW_PRIVATE_WEBHOOKS,
    agentFile: parsed.ZEROSTART_AGENT_FILE,
    telemetry: readTelemetryConfig(env),
  };
}

/** Limits shown to people in errors; one place. */
export const limits = {
  /** All source files of one version together. */
  sourceBytes: 5_000_000,
  sourceLabel: "5 MB",
  sourceFiles: 500,
  /** JSON request body of ordinary procedures: base64 of the sources plus room. */
  requestBytes: 8_000_000,
  /** Calls in one request: many small ones are as much work as a large one. */
  callsATime: 50,
  /** Reports of agents come in batches. */
  reportBytes: 96_000_000,
} as const;
