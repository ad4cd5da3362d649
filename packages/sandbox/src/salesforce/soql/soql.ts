// A query as it was written, before anybody knows whether its names exist.

export interface SoqlQuery {
  /** Null for `COUNT()`. */
  readonly select: readonly SelectItem[] | null;
  readonly from: Name;
  readonly where: Condition | null;
  readonly orderBy: readonly OrderItem[];
  readonly limit: number | null;
  readonly offset: number;
}

/** A name, dotted or not, and where in the text it stands. */
export interface Name {
  readonly text: string;
  readonly at: number;
}

export type SelectItem =
  | { readonly kind: 'field'; readonly name: Name }
  | { readonly kind: 'children'; readonly query: SoqlQuery };

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly name: Name; readonly operator: Operator; readonly value: Literal }
  | { readonly kind: 'in'; readonly name: Name; readonly values: readonly Literal[]; readonly negated: boolean };

export interface Literal {
  readonly type: 'string' | 'number' | 'boolean' | 'null' | 'datetime' | 'date';
  /** Dates and times in milliseconds since 1970. */
  readonly value: string | number | boolean | null;
}

export interface OrderItem {
  readonly name: Name;
  readonly descending: boolean;
  readonly nulls: 'first' | 'last';
}
