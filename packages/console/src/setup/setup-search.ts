// What the address of the setup says: the step, so that a reload comes back to it.

export const SETUP_STEPS = ['workspace', 'goal', 'contacts', 'ask', 'done'] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

export interface SetupSearch {
  readonly step?: SetupStep;
}

export function readSetupSearch(search: Record<string, unknown>): SetupSearch {
  const step = SETUP_STEPS.find((known) => known === search['step']);
  return step === undefined ? {} : { step };
}
