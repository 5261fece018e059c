import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';

describe('several views of one terminal', () => {
  let product: Product;
  before(() => { product = new Product(); });
  after(() => product.dispose());

  it('have the size of the one that was used last, and are told', async () => {
    const wide = await product.connect();
    const narrow = await product.connect();
    const session = (await product.start(wide, {})).uid;
    const told: string[] = [];
    let wake = (): void => undefined;
    wide.onNotification(p.terminalSized, ({ cols, rows }) => { told.push(`${cols}x${rows}`); wake(); });
    const size = async () => { const { cols, rows } = await wide.sendRequest(p.terminalText, { session }); return `${cols}x${rows}`; };
    const untilTold = async (count: number) => { while (told.length < count) await new Promise<void>((resolve) => { wake = resolve; }); };

    await wide.sendRequest(p.terminalAttach, { session, cols: 120, rows: 40 });
    await narrow.sendRequest(p.terminalAttach, { session, cols: 60, rows: 20 });
    await untilTold(2);
    assert.deepEqual([await size(), told], ['60x20', ['120x40', '60x20']]);

    // One that is not in use changes its size for later only.
    await wide.sendNotification(p.terminalResize, { session, cols: 130, rows: 41 });
    assert.equal(await size(), '60x20');
    await wide.sendNotification(p.terminalInput, { session, data: 'x' });
    await untilTold(3);
    assert.equal(await size(), '130x41');

    await narrow.sendNotification(p.terminalInput, { session, data: 'y' });
    await untilTold(4);
    assert.equal(await size(), '60x20');
    await narrow.sendRequest(p.terminalDetach, { session });
    await untilTold(5);
    assert.deepEqual([await size(), told], ['130x41', ['120x40', '60x20', '130x41', '60x20', '130x41']]);
  });
});
