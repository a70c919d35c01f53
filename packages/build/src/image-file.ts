export * from "@zerostart/vm/image-file.ts";
