import { BellRing, Box, Flame, FlaskConical, Hammer, GitCompareArrows, Rocket, Server, Settings, SquareTerminal, Timer, type LucideIcon } from "lucide-react";

export type NavItem = { href: string; label: string; icon: LucideIcon; key: string };

/** The pages of the sidebar, in order; `key` follows "g" as a keyboard shortcut. */
export const navigation: NavItem[] = [
  { href: "/", label: "Handlers", icon: Box, key: "h" },
  { href: "/builds", label: "Builds", icon: Hammer, key: "b" },
  { href: "/deployments", label: "Deployments", icon: Rocket, key: "d" },
  { href: "/cold-starts", label: "Cold starts", icon: Timer, key: "c" },
  { href: "/compare", label: "Compare", icon: GitCompareArrows, key: "m" },
  { href: "/experiments", label: "Experiments", icon: FlaskConical, key: "e" },
  { href: "/profiles", label: "Profiles", icon: Flame, key: "f" },
  { href: "/alerts", label: "Alerts", icon: BellRing, key: "a" },
  { href: "/playground", label: "Playground", icon: SquareTerminal, key: "p" },
  { href: "/hosts", label: "Hosts", icon: Server, key: "o" },
  { href: "/settings", label: "Settings", icon: Settings, key: "s" },
];

export function isCurrent(item: NavItem, pathname: string): boolean {
  if (item.href === "/") return pathname === "/" || pathname.startsWith("/handlers");
  return pathname.startsWith(item.href);
}
