// Finds out what the columns of a CSV mean: exports of HubSpot, Salesforce, Google Contacts and Outlook, and any
// file with a readable header. A column counts as e-mail only when its name says exactly that: `Email Domain`,
// `Owner Email` or `Email Opt Out` must never put an address into the book.
import type { BookLayout } from './contact.ts';

export type ColumnMeaning =
  | 'address'
  | 'name'
  | 'first name'
  | 'middle name'
  | 'last name'
  | 'company'
  | 'owner'
  | 'record id'
  | 'deleted';

export interface CsvColumn {
  readonly index: number;
  /** As it stands in the header, made fit to print. */
  readonly label: string;
  readonly meaning: ColumnMeaning | null;
}

export interface CsvColumns {
  readonly layout: BookLayout;
  readonly columns: readonly CsvColumn[];
}

/** Reads a header row. */
export function detectColumns(header: readonly string[]): CsvColumns {
  const folded = header.map(foldHeader);
  const layout = layoutOf(new Set(folded));
  const columns = header.map((text, index) => ({
    index,
    label: labelOf(text, index),
    meaning: meaningOf(folded[index] ?? '', layout),
  }));
  return { layout, columns };
}

/** Columns of a file without a header: those that hold an address in its first row. */
export function columnsWithoutHeader(first: readonly string[], holdsAddress: (cell: string) => boolean): CsvColumns {
  const columns = first.map(
    (cell, index): CsvColumn => ({
      index,
      label: `column ${index + 1}`,
      meaning: holdsAddress(cell) ? 'address' : null,
    }),
  );
  return { layout: 'generic', columns };
}

export function hasMeaning(columns: CsvColumns, meaning: ColumnMeaning): boolean {
  return columns.columns.some((column) => column.meaning === meaning);
}

/** Which column was taken for what, for the report. */
export function usedColumns({ columns }: CsvColumns): Record<string, string> {
  return Object.fromEntries(columns.flatMap(({ label, meaning }) => (meaning === null ? [] : [[label, meaning]])));
}

/** What stands between the parts of a name or of a product's own marks makes no difference: `E-mail 1 - Value` is `email1value`. */
function foldHeader(text: string): string {
  const withoutInternalName = text.replace(/\s*<[^<>]*>\s*$/, '');
  return withoutInternalName
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

function labelOf(text: string, index: number): string {
  const clean = text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 60);
  return clean === '' || clean.includes('@') ? `column ${index + 1}` : clean;
}

const LAYOUTS: readonly { readonly layout: BookLayout; readonly marks: readonly string[] }[] = [
  {
    layout: 'hubspot',
    marks: [
      'recordid',
      'recordidcontact',
      'hsobjectid',
      'lifecyclestage',
      'marketingcontactstatus',
      'additionalemailaddresses',
    ],
  },
  {
    layout: 'google',
    marks: ['email1value', 'email2value', 'organization1name', 'groupmembership', 'phoneticfirstname'],
  },
  {
    layout: 'outlook',
    marks: [
      'emaildisplayname',
      'emailtype',
      'email2address',
      'businessstreet',
      'givenyomi',
      'managersname',
      'email2adresse',
      'emailanzeigename',
    ],
  },
  {
    layout: 'salesforce',
    marks: [
      'accountname',
      'companyaccount',
      'accountid',
      'ownerid',
      'contactid',
      'leadid',
      'isdeleted',
      'masterrecordid',
      'leadowner',
      'accountowner',
      'hasoptedoutofemail',
    ],
  },
];

function layoutOf(folded: ReadonlySet<string>): BookLayout {
  const found = LAYOUTS.find(({ marks }) => marks.some((mark) => folded.has(mark)));
  return found?.layout ?? 'generic';
}

const ADDRESS = new RegExp(
  '^(?:hs)?(?:primary|secondary|other|alternate|alternative|additional|work|business|home|personal|private|contact|customer|your)?' +
    '\\d*e?mails?\\d*(?:address|addresses|adresse|adressen|adres|adressen|addr|value|id)?\\d*$',
);

const ADDRESS_ELSEWHERE = [
  'adresseemail',
  'adressemail',
  'adressedemessagerie',
  'courriel',
  'courrielelectronique',
  'correo',
  'correoelectronico',
  'direcciondecorreoelectronico',
  'indirizzoemail',
  'indirizzodipostaelettronica',
  'postaelettronica',
  'enderecodeemail',
  'correioeletronico',
  'epost',
  'epostadress',
  'epostadresse',
  'sahkoposti',
  'sahkopostiosoite',
  'adresemail',
  'электроннаяпочта',
  'почта',
  '电子邮件',
  '電子メール',
  'メールアドレス',
].map(foldHeader);

const NAMES: Readonly<Record<string, ColumnMeaning>> = {
  name: 'name',
  fullname: 'name',
  displayname: 'name',
  contactname: 'name',
  contact: 'name',
  person: 'name',
  nomcomplet: 'name',
  nombrecompleto: 'name',
  firstname: 'first name',
  givenname: 'first name',
  forename: 'first name',
  vorname: 'first name',
  prenom: 'first name',
  nombre: 'first name',
  voornaam: 'first name',
  fornamn: 'first name',
  middlename: 'middle name',
  additionalname: 'middle name',
  lastname: 'last name',
  surname: 'last name',
  familyname: 'last name',
  nachname: 'last name',
  nom: 'last name',
  apellido: 'last name',
  apellidos: 'last name',
  cognome: 'last name',
  achternaam: 'last name',
  efternamn: 'last name',
  company: 'company',
  companyname: 'company',
  organization: 'company',
  organisation: 'company',
  organizationname: 'company',
  organization1name: 'company',
  accountname: 'company',
  companyaccount: 'company',
  associatedcompany: 'company',
  primaryassociatedcompany: 'company',
  account: 'company',
  employer: 'company',
  firma: 'company',
  unternehmen: 'company',
  entreprise: 'company',
  societe: 'company',
  empresa: 'company',
  azienda: 'company',
  bedrijf: 'company',
  owner: 'owner',
  contactowner: 'owner',
  leadowner: 'owner',
  ownername: 'owner',
  contactownername: 'owner',
};

const RECORD_IDS: Readonly<Partial<Record<BookLayout, readonly string[]>>> = {
  hubspot: ['recordid', 'recordidcontact', 'contactid', 'hsobjectid'],
  salesforce: ['id', 'contactid', 'leadid', 'contactid18', 'leadid18', '18digitcontactid'],
};

function meaningOf(folded: string, layout: BookLayout): ColumnMeaning | null {
  if (ADDRESS.test(folded) || ADDRESS_ELSEWHERE.includes(folded)) return 'address';
  if (RECORD_IDS[layout]?.includes(folded) === true) return 'record id';
  if (layout === 'salesforce' && folded === 'isdeleted') return 'deleted';
  return Object.hasOwn(NAMES, folded) ? (NAMES[folded] ?? null) : null;
}
