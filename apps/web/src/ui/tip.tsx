"use client";
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";

/** Small print on hover and focus. The child must be focusable to be reached by keyboard. */
export function Tip({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content sideOffset={6} collisionPadding={8} className="z-50 max-w-xs rounded-md border bg-surface px-2.5 py-1.5 text-[13px] text-fg shadow-lg">
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
