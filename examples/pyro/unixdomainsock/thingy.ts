import { expose } from "#bunsen";

export class Thingy {
  message(text: string): string {
    console.log("Message received:", text);
    return "Roger!";
  }
}
expose(Thingy, { message: true });
