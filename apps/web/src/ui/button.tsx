import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "../lib/cn.ts";

export const buttonStyle = cva(
  "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-accent-fg hover:bg-accent/85",
        secondary: "border bg-surface text-fg hover:bg-raised",
        ghost: "text-muted hover:bg-raised hover:text-fg",
        danger: "border border-bad/40 bg-surface text-bad hover:bg-bad/10",
      },
      size: { md: "h-9 px-3.5 text-sm", sm: "h-8 px-2.5 text-[13px]", icon: "size-8" },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

type Props = ComponentProps<"button"> & VariantProps<typeof buttonStyle> & { asChild?: boolean; busy?: boolean };

/** `busy` disables it and says so to screen readers; the label stays, so that nothing jumps. */
export function Button({ className, variant, size, asChild, busy, disabled, ...props }: Props) {
  const Element = asChild ? Slot.Root : "button";
  return (
    <Element
      className={cn(buttonStyle({ variant, size }), busy && "animate-pulse", className)}
      aria-busy={busy || undefined}
      {...(asChild ? {} : { type: "button" as const, disabled: disabled || busy })}
      {...props}
    />
  );
}
