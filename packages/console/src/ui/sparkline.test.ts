// The sparkline's points.
import { describe, expect, it } from 'vitest';
import { condense, sparkPoints } from './sparkline.tsx';

describe('a sparkline', () => {
  it('keeps few values as they are and sums neighbours of many', () => {
    expect(condense([1, 2, 3])).toEqual([1, 2, 3]);
    const many = condense(Array.from({ length: 168 }, () => 1));
    expect(many).toHaveLength(56);
    expect(many[0]).toBe(3);
    expect(condense([])).toEqual([]);
  });

  it('starts counting at the floor', () => {
    const [zero, top] = sparkPoints([0, 10]);
    expect(zero?.y).toBe(35);
    expect(top?.y).toBe(5);
  });
});
