"use client";
import { createContext, useContext } from "react";
import { hasRole, type Role } from "../../../server/permissions.ts";

export type SessionInfo = { name: string; email: string; projectName: string; projectSlug: string; projects: { slug: string; name: string }[]; role: Role };
export const SessionContext = createContext<SessionInfo | null>(null);

/** Who is signed in; only below the shell. */
export function useSession(): SessionInfo {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession outside of the shell");
  return session;
}

/** Whether the person may do what needs this role: the server's own function, for showing or hiding. */
export function useCan(role: Role): boolean {
  return hasRole(useSession().role, role);
}
