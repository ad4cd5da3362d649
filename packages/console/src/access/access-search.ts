// What the addresses of members, groups and apps say: the text searched for, the open panel, the open dialog.

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface MembersSearch {
  readonly search?: string;
  readonly member?: string;
  readonly invite?: true;
}

export function readMembersSearch(search: Record<string, unknown>): MembersSearch {
  const given = search['search'];
  // The router reads a bare number as one; it was typed as text.
  const text = typeof given === 'string' || typeof given === 'number' ? String(given).slice(0, 100) : '';
  return {
    ...(text === '' ? {} : { search: text }),
    ...idOf('member', search),
    ...(search['invite'] === true ? { invite: true } : {}),
  };
}

export interface GroupsSearch {
  readonly group?: string;
  readonly create?: true;
}

export function readGroupsSearch(search: Record<string, unknown>): GroupsSearch {
  return { ...idOf('group', search), ...(search['create'] === true ? { create: true } : {}) };
}

export const APP_KINDS = ['service', 'client'] as const;
export type AppKind = (typeof APP_KINDS)[number];

export interface AppsSearch {
  readonly app?: string;
  readonly create?: AppKind;
}

export function readAppsSearch(search: Record<string, unknown>): AppsSearch {
  const create = APP_KINDS.find((kind) => kind === search['create']);
  return { ...idOf('app', search), ...(create === undefined ? {} : { create }) };
}

function idOf<Name extends string>(name: Name, search: Record<string, unknown>): { readonly [key in Name]?: string } {
  const id = search[name];
  // A computed name widens to any string; it is this one.
  return typeof id === 'string' && ID.test(id) ? ({ [name]: id } as { readonly [key in Name]: string }) : {};
}
