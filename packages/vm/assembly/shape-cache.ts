/**
 * Second level of the inline caches, for sites that meet several shapes and for primitives: one table for the whole VM, found by shape and key (the global
 * look-up cache of Deutsch and Schiffman, 1984). Its entries have the layout of a property site (code.ts), so a hit is used like a site that fits.
 * A site's first entry never comes here, so that a start, which meets most sites once, touches none of it. It lies in the region that images leave out:
 * empty at start. The collector empties it, as the shapes in it may die. The first entries lie in its first page: each page costs a start two page faults.
 */
import { SHAPE_CACHE, SHAPE_CACHE_BYTES, plan, setShapeCacheUsed, shapeCacheUsed } from "./state";
import { SITE_SHAPE } from "./code";

const ENTRY_BYTES_LOG: usize = 5;
const SHIFT: u32 = 22;
/** While it has fewer entries, of the first page's 128. */
const FEW: u32 = 64, FEW_SHIFT: u32 = 25, FEW_BYTES: usize = 4096;

/** Added to the key of a store, so that it is not taken for a load. */
export const FOR_STORE: u32 = 1;

@inline function slotFor(shape: usize, key: u32): usize {
  const hash = ((<u32>shape >>> 3) + key * 0x2545f491) * 0x9e3779b1;
  return SHAPE_CACHE + (<usize>(hash >>> (shapeCacheUsed() < FEW ? FEW_SHIFT : SHIFT)) << ENTRY_BYTES_LOG);
}
/** The entry of a shape and key (the address of an interned string, plus FOR_STORE), 0 when there is none. */
@inline export function cachedEntry(shape: usize, key: u32): usize {
  if (!shapeCacheUsed()) return 0; // to look would be a page fault, and to write then another
  const entry = slotFor(shape, key);
  return load<u32>(entry) == key && load<u32>(entry, SITE_SHAPE) == <u32>shape ? entry : 0;
}
/** Remember a site's content. */
export function cacheEntry(site: usize, use: u32): void {
  // What meets in it depends on addresses, and what an image holds may not.
  if (plan() != 0) return;
  const key = load<u32>(site) + use, entry = slotFor(load<u32>(site, SITE_SHAPE), key);
  memory.copy(entry, site, 24);
  store<u32>(entry, key);
  setShapeCacheUsed(shapeCacheUsed() + 1);
}
/** Forget everything. */
export function clearShapeCache(): void {
  if (!shapeCacheUsed()) return;
  memory.fill(SHAPE_CACHE, 0, shapeCacheUsed() <= FEW ? FEW_BYTES : SHAPE_CACHE_BYTES);
  setShapeCacheUsed(0);
}
