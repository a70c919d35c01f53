"use client";
import { Check, Copy as CopyIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

/** Puts text on the clipboard and shows that it did; without `text`, the address of what is shown. */
export function CopyButton({ text, label }: { text?: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text ?? window.location.href);
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    } catch {
      toast.error("The browser did not allow copying", { description: "Select the text and copy it by hand." });
    }
  };
  return (
    <button type="button" onClick={copy} aria-label={label} className="rounded p-1 text-muted hover:bg-raised hover:text-fg">
      {copied ? <Check className="size-3.5 text-good" /> : <CopyIcon className="size-3.5" />}
    </button>
  );
}
