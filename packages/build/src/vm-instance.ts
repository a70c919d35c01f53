export * from "@zerostart/vm/instance.ts";
