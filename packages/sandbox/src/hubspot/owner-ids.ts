// An owner has two numbers at HubSpot: the owner's own, which records carry, and the user's.

const FIRST_OWNER = 70_010_400;
const FIRST_USER = 8_200_300;

export function ownerIdOf(n: number): string {
  return String(FIRST_OWNER + n * 11);
}

export function userIdOf(n: number): number {
  return FIRST_USER + n * 7;
}
