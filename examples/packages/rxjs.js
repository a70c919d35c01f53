import {
  Subject,
  bufferCount,
  catchError,
  concatMap,
  delay,
  firstValueFrom,
  from,
  groupBy,
  interval,
  lastValueFrom,
  map,
  mergeMap,
  of,
  reduce,
  scan,
  share,
  take,
  throwError,
  toArray,
  zip,
} from "rxjs";

export default async (request) => {
  const { searchParams } = new URL(request.url);
  const n = Number(searchParams.get("n"));
  const numbers = from(Array.from({ length: n }, (_, i) => i));
  const subject = new Subject();
  const shared = firstValueFrom(
    subject.pipe(
      share(),
      scan((sum, x) => sum + x, 0),
      take(3),
      toArray(),
    ),
  );
  [1, 2, 3, 4].forEach((x) => subject.next(x));
  return Response.json({
    groups: await lastValueFrom(
      numbers.pipe(
        groupBy((x) => x % 3),
        mergeMap((group) => group.pipe(reduce((all, x) => [...all, x], [group.key]))),
        toArray(),
      ),
    ),
    buffers: await lastValueFrom(numbers.pipe(bufferCount(4, 2), toArray())),
    timed: await lastValueFrom(
      interval(1).pipe(
        take(3),
        concatMap((x) => of(x, -x).pipe(delay(1))),
        toArray(),
      ),
    ),
    zipped: await lastValueFrom(zip(of(1, 2), of("a", searchParams.get("text"))).pipe(toArray())),
    caught: await firstValueFrom(
      throwError(() => new Error("no")).pipe(
        catchError((error) => of(error.message)),
        map((text) => `${text}!`),
      ),
    ),
    shared: await shared,
  });
};
