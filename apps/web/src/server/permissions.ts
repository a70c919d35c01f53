/** One ladder of roles, the same function on the server and in the UI. */
export const roles = ["viewer", "deployer", "admin"] as const;
export type Role = (typeof roles)[number];

/** What each role adds, for people. */
export const roleLabels: Record<Role, string> = {
  viewer: "sees everything but secrets",
  deployer: "also creates handlers, builds, deploys and measures",
  admin: "also manages people, tokens, hosts",
};

export function hasRole(actual: Role, needed: Role): boolean {
  return roles.indexOf(actual) >= roles.indexOf(needed);
}

export function lowerRole(a: Role, b: Role): Role {
  return hasRole(a, b) ? b : a;
}
