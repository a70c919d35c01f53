import { redirect } from "next/navigation";

/** The list of handlers is the first page; who shortens an address finds it. */
export default function Page(): never {
  redirect("/");
}
