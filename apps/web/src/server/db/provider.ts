/** Which database a client speaks to; raw SQL asks. */
export type Provider = "sqlite" | "postgresql";

const providers = new WeakMap<object, Provider>();

export function registerProvider<T extends object>(db: T, provider: Provider): T {
  providers.set(db, provider);
  return db;
}

/** Of the root client, not of one within a transaction or of a tenant's. */
export function providerOf(db: object): Provider {
  const provider = providers.get(db);
  if (!provider) throw new Error("raw SQL wants the root client");
  return provider;
}
