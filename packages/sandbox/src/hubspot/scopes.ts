// The scopes this stand-in knows, each with what it lets an application do, as the consent page says it.

export const SCOPE_SENTENCES: ReadonlyMap<string, string> = new Map([
  ['oauth', 'Know which account this is'],
  ['crm.objects.contacts.read', 'Read contacts'],
  ['crm.objects.deals.read', 'Read deals'],
  ['crm.objects.companies.read', 'Read companies'],
  ['crm.objects.owners.read', 'Read who owns which record'],
  ['crm.schemas.contacts.read', 'Read which properties contacts have'],
  ['crm.schemas.deals.read', 'Read which properties and pipelines deals have'],
  ['crm.schemas.companies.read', 'Read which properties companies have'],
  ['crm.objects.contacts.write', 'Create and change contacts'],
  ['crm.objects.deals.write', 'Create and change deals'],
  ['crm.objects.companies.write', 'Create and change companies'],
]);
