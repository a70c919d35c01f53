import type { ReactNode } from "react";
import { Shell } from "../../features/shell/components/shell.tsx";

export default function ConsoleLayout({ children }: { children: ReactNode }) {
  return <Shell>{children}</Shell>;
}
