import type { KeywordArguments } from "./bind-arguments.ts";

/**
 * What a caller sees of a remote `T`: every member asynchronous. Methods return promises, generators async iterables,
 * attributes promises. Private and protected members are not part of `keyof T`, so they are not there.
 */
export type Remote<T> = {
  readonly [K in keyof T as K extends symbol ? never : K]-?: RemoteMember<T[K]>;
} & AsyncDisposable & { readonly [REMOTE]?: T };

/**
 * Never there. A mapped type cannot be read backwards: without it, `batch` would take a proxy whose type went through
 * `Promise.all` for that of an unknown object.
 */
declare const REMOTE: unique symbol;

// Tuples stop distribution: a boolean attribute must not become Promise<true> | Promise<false>.
// Streams come before promises: an AsyncIterable stays iterable, not Promise<AsyncIterable>.
// An optional member is there, too: whether the remote object has it is known when it is asked.
// A method that never returns is one that throws, and never is a stream like everything else: so it comes first.
type RemoteMember<M> = [Exclude<M, undefined>] extends [(...args: infer Args) => infer Result]
  ? [Result] extends [never]
    ? (...args: Arguments<Args>) => Promise<never>
    : [Result] extends [StreamOf<infer Item>]
      ? (...args: Arguments<Args>) => RemoteStream<Item>
      : (...args: Arguments<Args>) => Promise<Received<Awaited<Result>>>
  : [M] extends [StreamOf<infer Item>]
    ? Promise<RemoteStream<Item>>
    : Promise<Awaited<M>>;

/** A function that arrives stays where it is: calling it calls back. */
type Received<R> = [R] extends [(...args: never) => unknown] ? RemoteMember<R> : R;

/**
 * What a served method gets where its caller passes a function, or an object of its own: `T` with every result to be
 * awaited, since `T` stays with the caller. A caller passes a plain `T`:
 *
 *     watch(listener: Callback<(celsius: number) => void>) { … await listener(21.5); … }
 *     await thermostat.watch((celsius) => console.log(celsius));
 */
export type Callback<T> = T extends (...args: infer Args) => infer Result
  ? (...args: Args) => CallbackResult<Result>
  : {
      readonly [K in keyof T as K extends symbol ? never : K]: T[K] extends (
        ...args: infer Args
      ) => infer Result
        ? (...args: Args) => CallbackResult<Result>
        : T[K] | Promise<Awaited<T[K]>>;
    };

type CallbackResult<Result> = [Result] extends [StreamOf<infer Item>]
  ? AsyncIterable<Item>
  : Result | Promise<Awaited<Result>>;

type StreamOf<Item> =
  | AsyncGenerator<Item, unknown, unknown>
  | IteratorObject<Item, unknown, unknown>
  | AsyncIterableIterator<Item>
  | (AsyncIterable<Item> & { readonly [Symbol.iterator]?: never });

/** Keyword arguments may stand in place of the last positional ones. */
type Arguments<Args extends readonly unknown[]> = Args | WithKeywords<Required<Args>>;

type WithKeywords<Args extends readonly unknown[]> = Args extends readonly [
  infer First,
  ...infer Rest,
]
  ? [KeywordArguments] | [First, ...WithKeywords<Rest>]
  : [KeywordArguments] | [...Args, KeywordArguments];

/** What `assign` may set of a remote `T`: attributes that are not read-only. */
export type Assignable<T> = {
  [K in keyof T as T[K] extends (...args: never) => unknown ? never : WritableKey<T, K>]?: T[K];
};

// The compiler takes two functions for identical only if their types are, `readonly` included.
type WritableKey<T, K extends keyof T> =
  (<F>() => F extends { [P in K]: T[P] } ? 1 : 2) extends <F>() => F extends {
    -readonly [P in K]: T[P];
  }
    ? 1
    : 2
    ? K
    : never;

/** Items of a remote generator, in order. Leaving the loop early ends the generator. */
export interface RemoteStream<Item> extends AsyncIterable<Item> {
  [Symbol.asyncIterator](): AsyncIterator<Item, unknown, undefined>;
}
