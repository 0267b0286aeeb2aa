// What runs on the small computer: a manager, and a service on it, until a client ends the service.
// In a project of your own, import from "bunsen" and "bunsen/msl".
import { expose } from "#bunsen";
import { parseStartOptions, runServices } from "#bunsen/msl";

export class RPiService {
  add_numbers(a: number, b: number, c: number, d: number): number {
    return a + b + c + d;
  }

  power(a: number, n = 2): number {
    return a ** n;
  }

  /**
   * Because this is here, clients may end the service; they may pass arguments. Once it has returned, requests that are
   * running are waited for, or cancelled, and the service leaves the manager.
   */
  shutdown_service(): void {}
}
expose(RPiService, { add_numbers: true, power: true, shutdown_service: true });

// The options are those of the computer that started this one by SSH; by hand there are none.
await runServices({ RPiService: new RPiService() }, parseStartOptions());
