import { expose } from "#bunsen";

export class Echo {
  echo(message: string): string {
    console.log("server got message:", message);
    return "thank you";
  }
}
expose(Echo, { echo: true });
