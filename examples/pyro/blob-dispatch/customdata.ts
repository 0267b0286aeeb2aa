import { registerClass } from "#bunsen";

/** What travels. Clients and listeners know the class; the dispatcher does not. */
export class CustomData {
  readonly a: number;
  readonly b: string;
  readonly c: Date | string;

  constructor(a: number, b: string, c: Date | string) {
    this.a = a;
    this.b = b;
    this.c = c;
  }
}
registerClass(CustomData, { name: "blobdispatch.CustomData" });
