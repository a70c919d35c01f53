/** Which database a client speaks to, and raw SQL on it. */
export type Provider = "sqlite" | "postgresql";

export type Parameter = string | number | null;

/** Statements with parameters as their database writes them. Rows have numbers for integers of any size: all of ours fit a double exactly. */
export type RawQueries = {
  readonly provider: Provider;
  query<T>(sql: string, ...parameters: Parameter[]): Promise<T[]>;
};

/**
 * Raw SQL past Prisma, which turns the parameters and the results of such a statement into JSON of its own and back: of a batch of samples
 * that costs several times what the database takes.
 */
export type RawDatabase = RawQueries & {
  /** Within `work` nothing but its own queries is awaited. Undone when it throws. */
  transaction<T>(work: (tx: RawQueries) => Promise<T>): Promise<T>;
};

const databases = new WeakMap<object, RawDatabase>();

export function registerRaw<T extends object>(db: T, raw: RawDatabase): T {
  databases.set(db, raw);
  return db;
}

/** Of the root client, not of one within a transaction or of a tenant's. */
export function rawOf(db: object): RawDatabase {
  const raw = databases.get(db);
  if (!raw) throw new Error("raw SQL wants the root client");
  return raw;
}

export const providerOf = (db: object): Provider => rawOf(db).provider;
