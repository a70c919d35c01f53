/** What the process is told by its environment, parsed once. */
import { resolve } from "node:path";
import { z } from "zod";

const environment = z.object({
  /** Folder of the database, objects and keys. */
  ZEROSTART_DATA: z.string().min(1).default("./data"),
  /** postgres://... for a server that several replicas share; without it, SQLite in the data folder. */
  ZEROSTART_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "an address like postgres://user:password@host:5432/database" }).optional(),
  /** Folder of the keys that all replicas share; the data folder unless named. */
  ZEROSTART_KEYS: z.string().min(1).optional(),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default("127.0.0.1"),
  /** How the outside reaches this server, when it is not http://localhost:PORT. */
  ZEROSTART_URL: z.url().optional(),
  /** Where alerts by email go out, e.g. smtps://user:password@mail.example:465. */
  ZEROSTART_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  ZEROSTART_MAIL_FROM: z.string().default("Zerostart <zerostart@localhost>"),
  /** Lets webhooks reach addresses of this machine and its network. */
  ZEROSTART_ALLOW_PRIVATE_WEBHOOKS: z.stringbool().default(false),
});

export type Config = {
  dataDir: string;
  databaseUrl?: string | undefined;
  keysDir?: string | undefined;
  port: number;
  host: string;
  publicUrl: string | undefined;
  smtpUrl?: string | undefined;
  mailFrom?: string;
  allowPrivateWebhooks: boolean;
};

/** Throws a ZodError that names the variable when one is malformed. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = environment.parse(env);
  return {
    dataDir: resolve(parsed.ZEROSTART_DATA),
    databaseUrl: parsed.ZEROSTART_DATABASE_URL,
    keysDir: parsed.ZEROSTART_KEYS === undefined ? undefined : resolve(parsed.ZEROSTART_KEYS),
    port: parsed.PORT,
    host: parsed.HOST,
    publicUrl: parsed.ZEROSTART_URL,
    smtpUrl: parsed.ZEROSTART_SMTP_URL,
    mailFrom: parsed.ZEROSTART_MAIL_FROM,
    allowPrivateWebhooks: parsed.ZEROSTART_ALLOW_PRIVATE_WEBHOOKS,
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
  /** Reports of agents come in batches. */
  reportBytes: 96_000_000,
} as const;
