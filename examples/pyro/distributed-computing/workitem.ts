import { registerClass } from "#bunsen";

export class Workitem {
  readonly itemId: number;
  readonly data: number;
  result: number[] | null = null;
  processedBy: string | null = null;

  constructor(itemId: number, data: number) {
    this.itemId = itemId;
    this.data = data;
  }
}
// Its properties travel as they are. Without `fromWire` those that arrive are put on a new object of the class.
registerClass(Workitem, { name: "workitem.Workitem" });
