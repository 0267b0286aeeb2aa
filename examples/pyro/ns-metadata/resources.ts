import { expose } from "#bunsen";

/** What is found by any of its classes. */
export class Resource {
  kind(): string {
    return this.constructor.name;
  }
}
expose(Resource, { kind: true });

export class LaserPrinter extends Resource {}
export class MatrixPrinter extends Resource {}
export class PhotoPrinter extends Resource {}
export class TapeStorage extends Resource {}
export class DiskStorage extends Resource {}
export class Telephone extends Resource {}
export class Faxmachine extends Resource {}
