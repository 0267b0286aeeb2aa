import { expect, it } from "vitest";
import { connect, Daemon, expose, RemoteIndexError } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

checkLeaks();

class Shelf {
  readonly books = ["Dune", "Emma"];
  __len__() {
    return this.books.length;
  }
  __getitem__(index: number) {
    const book = this.books[index];
    if (book === undefined) throw new RemoteIndexError("builtins.IndexError", ["no such book"]);
    return book;
  }
  __setitem__(index: number, book: string) {
    this.books[index] = book;
  }
  __delitem__(index: number) {
    this.books.splice(index, 1);
  }
}
expose(Shelf, { __len__: true, __getitem__: true, __setitem__: true, __delitem__: true });

class Catalogue extends Shelf {
  *__iter__() {
    for (const book of this.books) yield `${book}!`;
  }
}
expose(Catalogue, { __iter__: true });

const CLIENT = `
  import sys
  import Pyro5.api

  with Pyro5.api.Proxy(sys.argv[1]) as shelf:
      print(len(shelf), shelf[0], bool(shelf), list(shelf))
      shelf[1] = "Ulysses"
      del shelf[0]
      print(list(shelf))
      try: shelf[7]
      except IndexError as error: print(error)
`;

const SERVER = `
  import Pyro5.api

  @Pyro5.api.expose
  class Shelf:
      books = ["Dune", "Emma"]
      def __len__(self): return len(self.books)
      def __getitem__(self, index): return self.books[index]
      def __setitem__(self, index, book): self.books[index] = book
      def __delitem__(self, index): del self.books[index]
      def __iter__(self): return iter(self.books)

  daemon = Pyro5.api.Daemon()
  print("ready", daemon.register(Shelf(), "shelf"))
  daemon.requestLoop()
`;

describeWithPython("Python's operators", () => {
  it.each([
    [Shelf, ["2 Dune True ['Dune', 'Emma']", "['Ulysses']", "no such book"]],
    [Catalogue, ["2 Dune True ['Dune!', 'Emma!']", "['Ulysses!']", "no such book"]],
  ])("work on our objects: len, items and iteration (%#)", async (Class, expected) => {
    await using daemon = new Daemon();
    await daemon.listen("pyro://localhost:0");
    const { uri } = daemon.register("shelf", new Class());
    expect((await runPython(CLIENT, [uri])).trim().split(/\r?\n/)).toEqual(expected);
  });

  it("are methods here", async () => {
    await using peer = await spawnPython(SERVER, [], { ready: /^ready (?<uri>\S+)$/ });
    await using shelf = await connect<Catalogue>(peer.ready?.groups?.["uri"] as string);
    expect([await shelf.__len__(), await shelf.__getitem__(1)]).toEqual([2, "Emma"]);
    await shelf.__setitem__(1, "Ulysses");
    await shelf.__delitem__(0);
    expect(await Array.fromAsync(shelf.__iter__())).toEqual(["Ulysses"]);
    await expect(shelf.__getitem__(7)).rejects.toBeInstanceOf(RemoteIndexError);
  });
});
