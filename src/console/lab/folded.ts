import { Observable } from "../../objects/observable.ts";

/** Which parts of the tree are folded, by the ids of their nodes: as people left them. */
export class Folded {
  readonly ids: Observable<ReadonlySet<string>> = new Observable<ReadonlySet<string>>(new Set());

  set(id: string, isFolded: boolean): void {
    const ids = new Set(this.ids.value);
    if (isFolded) ids.add(id);
    else ids.delete(id);
    this.ids.set(ids);
  }
}
