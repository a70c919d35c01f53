export * from "@zerostart/vm/image.ts";
